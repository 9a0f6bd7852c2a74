// Where a node's operands are when it runs: the execution order is replayed over an address map of buffers.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "predict/liveness.hpp"
#include "predict/rate_features.hpp"
#include "predict/rate_model.hpp"

namespace costscan {

/// Likelihood of memory for bytes last used `distance` touched bytes ago.
using EvictionCurve = std::function<double(double distance)>;

/// One entry per node of `scope` (the nodes stand in execution order, `features` beside them; nodes without features
/// touch only what they write). `live` says which tensors share a piece of memory and for how long
/// (MemoryRule::runtime, in the same order; null where that is unknown: each has its own); pieces are placed best fit.
/// Weights lie apart, each at its own place. The order is gone through twice, so that what the previous run left in the
/// cache counts.
[[nodiscard]] std::vector<Residence> replay(const Scope& scope, const ScopeLiveness* live,
                                            const std::vector<std::optional<RateFeatures>>& features,
                                            const EvictionCurve& evicted);

}  // namespace costscan
