// Executed node → the original rows that it computes.
#pragma once

#include <string>
#include <vector>

#include "attribute/lineage.hpp"

namespace costscan {

struct Join {
  std::vector<std::int32_t> rows;  ///< indices into Analysis::nodes; empty where nothing was found
  std::string how;                 ///< "output name", "region of 5 nodes", "not joined: ..."
};

/// One Join per executed node, in the order of Measurement::nodes.
[[nodiscard]] std::vector<Join> join_executed_nodes(const Lineage& lineage, const Measurement& measurement);

}  // namespace costscan
