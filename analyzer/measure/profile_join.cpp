#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
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

/// Domains of the nodes of all bodies, by name and op type: they have no place in the main graph's list.
void collect_body_domains(const Graph& graph, bool main, std::unordered_map<std::string, std::string>& domains) {
  for (const Node& node : graph.nodes) {
    if (!main) domains.try_emplace(node.name + '\n' + node.op_type, node.domain);
    for (const Attribute& attribute : node.attributes) {
      if (const auto* body = std::get_if<std::shared_ptr<const Graph>>(&attribute.value); body != nullptr && *body) {
        collect_body_domains(**body, false, domains);
      }
    }
  }
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
  std::unordered_map<std::string, std::string> body_domains;
  collect_body_domains(optimized, true, body_domains);
  for (RuntimeNode& node : nodes) {
    if (node.optimized_node >= 0) continue;
    const auto found = body_domains.find(node.name + '\n' + node.op_type);
    if (found != body_domains.end()) node.domain = found->second;
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

std::unordered_map<std::string, std::pair<DType, Shape>> observed_outputs(const std::vector<RuntimeNode>& nodes,
                                                                          const Graph& optimized) {
  std::unordered_map<std::string, std::pair<DType, Shape>> observed;
  for (const RuntimeNode& executed : nodes) {
    if (executed.optimized_node < 0) continue;
    std::size_t seen = 0;
    for (const ValueId output : optimized.nodes[static_cast<std::size_t>(executed.optimized_node)].outputs) {
      if (output == no_value || seen >= executed.output_shapes.size() || seen >= executed.output_dtypes.size())
        continue;
      observed[optimized.values[static_cast<std::size_t>(output)].name] = {executed.output_dtypes[seen],
                                                                           executed.output_shapes[seen]};
      ++seen;
    }
  }
  return observed;
}

}  // namespace costscan
