// Where a node's operands are when it runs: the execution order is replayed over an address map of buffers.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "predict/rate_features.hpp"
#include "predict/rate_model.hpp"

namespace costscan {

/// Likelihood of memory for bytes last used `distance` touched bytes ago.
using EvictionCurve = std::function<double(double distance)>;

/// One entry per node of `scope` (the nodes stand in execution order, `features` beside them; nodes without features
/// touch nothing). Buffers are laid out as the runtime's planner does: best fit by lifetime, views share, elementwise
/// ops may write over an input that nobody reads any more. Weights lie apart, each at its own place. The order is gone
/// through twice, so that what the previous run left in the cache counts.
[[nodiscard]] std::vector<Residence> replay(const Scope& scope,
                                            const std::vector<std::optional<RateFeatures>>& features,
                                            const EvictionCurve& evicted);

}  // namespace costscan
