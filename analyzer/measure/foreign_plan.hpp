// The optimised graph behind a profile that was recorded elsewhere.
#pragma once

#include "measure/measure.hpp"
#include "model/measurement.hpp"
#include "model/shaped_model.hpp"

namespace costscan {

/// Lets the runtime that is here optimise the model (nothing is executed), first at `options.optimization_level`, then
/// at the others, until one gives the nodes that `foreign` names; the closest one becomes `foreign.optimized`, its
/// nodes are joined to it, and `reason` says which. Without a runtime, or where no level gives half of the nodes,
/// `optimized` stays empty and a warning says why.
void find_optimized_graph(Measurement& foreign, const ShapedModel& shaped, const MeasureOptions& options);

}  // namespace costscan
