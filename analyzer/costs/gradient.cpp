#include "costs/gradient.hpp"

#include <unordered_set>

#include "model/checked_math.hpp"
#include "model/rational.hpp"

namespace costscan {
namespace {

std::vector<std::string> names_in(const Node& node, std::string_view attribute) {
  const Attribute* found = find_attribute(node, attribute);
  const auto* list = found != nullptr ? std::get_if<std::vector<std::string>>(&found->value) : nullptr;
  return list != nullptr ? *list : std::vector<std::string>{};
}

/// Producers of `target`, back to the tensors of `ends`; by position in the graph.
std::vector<std::size_t> nodes_before(const Graph& graph, ValueId target, const std::unordered_set<ValueId>& ends) {
  std::vector<std::size_t> out;
  std::vector<ValueId> open{target};
  std::unordered_set<ValueId> seen;
  std::unordered_set<std::int32_t> taken;
  while (!open.empty()) {
    const ValueId value = open.back();
    open.pop_back();
    if (value == no_value || ends.contains(value) || !seen.insert(value).second) continue;
    const std::int32_t producer = graph.values[static_cast<std::size_t>(value)].producer;
    if (producer < 0 || !taken.insert(producer).second) continue;
    out.push_back(static_cast<std::size_t>(producer));
    const Node& node = graph.nodes[static_cast<std::size_t>(producer)];
    open.insert(open.end(), node.inputs.begin(), node.inputs.end());
  }
  return out;
}

bool add(std::int64_t& sum, std::int64_t more) {
  const auto total = checked_add(sum, more);
  if (!total || *total > rational_limit) return false;
  sum = *total;
  return true;
}

/// Elements that the node reads and writes.
bool add_elements(std::int64_t& sum, const Scope& scope, const Node& node) {
  for (const std::vector<ValueId>* values : {&node.inputs, &node.outputs}) {
    for (const ValueId value : *values) {
      if (value == no_value) continue;
      const auto& shape = scope.tensors[static_cast<std::size_t>(value)].shape;
      const auto count = shape ? element_count(std::span<const std::int64_t>(*shape)) : std::nullopt;
      if (!count || !add(sum, *count)) return false;
    }
  }
  return true;
}

}  // namespace

std::vector<std::pair<std::string, std::int64_t>> differentiated_work(const Scope& scope, const Node& gradient,
                                                                      const std::vector<NodeCost>& costs) {
  const Graph& graph = *scope.graph;
  const std::string* target = string_attribute(gradient, "y");
  const auto y = target != nullptr ? graph.value_by_name.find(*target) : graph.value_by_name.end();
  if (y == graph.value_by_name.end()) return {};
  std::unordered_set<ValueId> ends;
  for (const char* attribute : {"xs", "zs"}) {
    for (const std::string& name : names_in(gradient, attribute)) {
      const auto found = graph.value_by_name.find(name);
      if (found != graph.value_by_name.end()) ends.insert(found->second);
    }
  }
  Work sum;
  std::int64_t elements = 0;
  const std::vector<std::size_t> nodes = nodes_before(graph, y->second, ends);
  for (const std::size_t at : nodes) {
    if (at >= costs.size() || costs[at].trust == Trust::unknown) return {};
    const Work& work = costs[at].work;
    const bool fits = add(sum.flops, work.flops) && add(sum.macs, work.macs) &&
                      add(sum.transcendentals, work.transcendentals) && add(sum.int_ops, work.int_ops) &&
                      add_elements(elements, scope, graph.nodes[at]);
    if (!fits) return {};
  }
  if (nodes.empty()) return {};
  return {{"forward_flops", sum.flops},
          {"forward_macs", sum.macs},
          {"forward_transcendentals", sum.transcendentals},
          {"forward_int_ops", sum.int_ops},
          {"forward_elements", elements}};
}

}  // namespace costscan
