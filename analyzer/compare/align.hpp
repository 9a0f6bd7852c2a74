// Which nodes of two models compute the same.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/comparison.hpp"

namespace costscan {

struct Alignment {
  std::vector<NodeGroup> groups;
  /// Tensors of the main graphs that constants decide and that are the same: A's name, B's name.
  std::vector<std::pair<std::string, std::string>> constants;
};

/// Every row of both analyses in exactly one group. Tensors are matched by name, then by the names of the nodes that
/// make them, then by structure: the same operator on matched inputs or for matched outputs, and what is left in order.
/// Nodes that make matched tensors form a group; a node that makes none belongs to the one group that its results lead
/// to, so that a fusion stands beside the region that it replaced. What leads to several groups has no counterpart.
[[nodiscard]] Alignment align(const Analysis& a, const Analysis& b);

}  // namespace costscan
