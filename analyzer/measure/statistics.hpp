// Order statistics of raw samples.
#pragma once

#include <vector>

#include "model/measurement.hpp"

namespace costscan {

/// Middle value (mean of the two middle ones for an even count); 0 for no samples.
[[nodiscard]] double median_of(std::vector<double> values);

/// Keeps the samples in the order given and adds their median and unscaled median absolute deviation.
[[nodiscard]] Samples summarize(std::vector<double> us);

}  // namespace costscan
