// Measured times against the roofs: what every executed node and row reached, where the time goes, what is to be won.
#pragma once

#include "model/slow.hpp"
#include "predict/calibration.hpp"

namespace costscan {

/// Sets `analysis.slow`; null where no executed node was measured. Roofs are the calibration's where there is one for a
/// run that was made here (the best that the node's own class of kernels was seen to reach), else those measured in the
/// run, else the rates of the machine that was named for a foreign run; without any, what was reached stands without an
/// efficiency. Needs rows, costs, times and joins. `calibration` may be null. Executed nodes get their `bound` from
/// these roofs, unless the rates are those of a machine that was asked for by name.
void find_slow(Analysis& analysis, const Calibration* calibration);

}  // namespace costscan
