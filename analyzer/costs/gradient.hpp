// What a Gradient node differentiates: the nodes between the tensors that its attributes name.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/cost.hpp"
#include "model/shaped_model.hpp"

namespace costscan {

/// Sums over the nodes that stand between the tensors named by `xs` and `zs` and the one named by `y`, under the names
/// of the lets of Gradient.yaml. `costs` holds the nodes of the scope before the Gradient node, in order. Empty where
/// no path leads to `y`, where a node on it has no cost, or where a sum exceeds 2^62.
[[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> differentiated_work(const Scope& scope,
                                                                                    const Node& gradient,
                                                                                    const std::vector<NodeCost>& costs);

}  // namespace costscan
