#include <algorithm>
#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "measure/profile.hpp"

namespace costscan {
namespace {

/// "Add_17" for op type "Add": the profile's own name for a node without one.
bool made_from_index(const RuntimeNode& node) {
  std::string_view rest = node.name;
  if (!rest.starts_with(node.op_type)) return false;
  rest.remove_prefix(node.op_type.size());
  if (rest.size() < 2 || rest.front() != '_') return false;
  rest.remove_prefix(1);
  return rest.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

void join_to_graph(std::vector<RuntimeNode>& nodes, const Graph& optimized) {
  std::unordered_map<std::string_view, std::vector<std::int32_t>> by_name;
  for (std::size_t i = 0; i < optimized.nodes.size(); ++i) {
    by_name[optimized.nodes[i].name].push_back(static_cast<std::int32_t>(i));
  }
  std::vector<bool> joined(optimized.nodes.size(), false);
  const auto join = [&](RuntimeNode& node, std::int32_t index) {
    joined[static_cast<std::size_t>(index)] = true;
    node.optimized_node = index;
    node.domain = optimized.nodes[static_cast<std::size_t>(index)].domain;
  };
  for (RuntimeNode& node : nodes) {
    const auto found = by_name.find(node.name);
    if (node.name.empty() || found == by_name.end()) continue;
    // Several nodes may carry one name after the runtime's own rewrites: they run in the order of the graph.
    for (const std::int32_t index : found->second) {
      if (joined[static_cast<std::size_t>(index)] ||
          optimized.nodes[static_cast<std::size_t>(index)].op_type != node.op_type) {
        continue;
      }
      join(node, index);
      break;
    }
  }
  // What is left without a name: the next nameless node of that op type, in the order of both.
  const auto nameless = by_name.find("");
  if (nameless == by_name.end()) return;
  for (RuntimeNode& node : nodes) {
    if (node.optimized_node >= 0 || !made_from_index(node)) continue;
    for (const std::int32_t index : nameless->second) {
      if (joined[static_cast<std::size_t>(index)] ||
          optimized.nodes[static_cast<std::size_t>(index)].op_type != node.op_type) {
        continue;
      }
      join(node, index);
      break;
    }
  }
}

}  // namespace costscan
