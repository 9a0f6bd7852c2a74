// Dependencies between the nodes of one graph: sorted, sortable or cyclic.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "load/parsed.hpp"
#include "model/graph.hpp"

namespace costscan {

/// (node, value): the node's subgraphs read this value of its graph.
using Capture = std::pair<std::int32_t, ValueId>;

/// Makes graph.nodes topological. Returns whether nodes had to move: then the order is the file's as far as
/// dependencies allow, and producers are renumbered (Node::file_index stays). A cycle is an error that names nodes on
/// it. O(nodes + edges) where the file is sorted, with a logarithm where it is not.
[[nodiscard]] Parsed<bool> order_nodes(Graph& graph, const std::vector<Capture>& captures);

}  // namespace costscan
