// How a transpose passes each operator.
#pragma once

#include <optional>
#include <vector>

#include "plan/plan_graph.hpp"

namespace costscan::plan {

/// out.shape[i] = in.shape[perm[i]]
using Perm = std::vector<std::int64_t>;

[[nodiscard]] Perm inverse(const Perm& perm);

/// From channels first (NCHW) to channels last (NHWC).
[[nodiscard]] Perm channels_last_perm();

/// A MaxPool of quantised data: the CPU provider has it for channels-last data too, and prefers that.
[[nodiscard]] bool is_quantised_pool(const PlanGraph& graph, const Node& node) noexcept;

/// The inputs that have to be transposed back for the operator to work on what was before a Transpose; empty where no
/// rule is known.
[[nodiscard]] std::vector<std::size_t> transposable_inputs(const PlanGraph& graph, const Node& node);

/// True where the runtime has some rule for the operator behind a Transpose: its estimate then takes the Transpose for
/// one that can go.
[[nodiscard]] bool has_transpose_rule(const PlanGraph& graph, const Node& node);

/// Rewrites axes of the node for inputs as they were before `perm`, and returns how its outputs have to be transposed;
/// nullopt (and nothing changed) where that cannot be done.
[[nodiscard]] std::optional<Perm> push_through(PlanGraph& graph, NodeId id, const Perm& perm);

}  // namespace costscan::plan
