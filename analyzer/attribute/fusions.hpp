// The runtime's own name for the fusion that made an executed node.
#pragma once

#include <set>
#include <string>

#include "model/graph.hpp"

namespace costscan {

/// From what the fusion leaves behind: the node's name ("…/MatMulAddFusion"), its doc string ("fused Gelu subgraphs "),
/// else the operator that it makes and the operators (`members`) that it took in. Where none of these tells, the
/// executed operator's own name; empty where that is one of the members: then the runtime only did without the others.
[[nodiscard]] std::string fusion_name(const Node& executed, const std::set<std::string>& members);

/// The graph transformer that adds nodes of this operator to a graph; empty where several do.
[[nodiscard]] std::string adding_transformer(const Node& executed);

}  // namespace costscan
