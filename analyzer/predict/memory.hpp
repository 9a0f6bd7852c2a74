// Memory over the run of a model: MemoryTimeline from shapes and an order of nodes.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/analysis.hpp"
#include "model/memory.hpp"

namespace costscan {

/// Of the executed graph in the runtime's order where `analysis` has one whose shapes are all known, else of the file's
/// graph in the file's order; null where a shape of that is unknown too. Needs `nodes`, `runtime`, `executed`,
/// `measurement` and `totals.weight_bytes`.
[[nodiscard]] std::shared_ptr<const MemoryTimeline> memory_timeline(const Analysis& analysis);

/// Nodes of the executed graph in the order in which the profile names them; those that it does not name (constants)
/// stand before the first that needs them. Always a permutation of the graph's nodes in which producers come first.
[[nodiscard]] std::vector<std::int32_t> execution_order(const Graph& graph, const Measurement& measurement);

/// Weights of this graph that ONNX Runtime's CPU kernels copy into their own order when a session is made.
[[nodiscard]] std::vector<PackedWeight> packed_weights(const Scope& scope);

/// Stored bytes of all initializers and Constant tensors, each once, bodies included; nullopt on overflow.
[[nodiscard]] std::optional<std::int64_t> stored_weight_bytes(const ShapedModel& shaped);

}  // namespace costscan
