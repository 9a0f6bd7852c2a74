#include "passes/graph_names.hpp"

namespace costscan {

std::string NameTable::fresh(const std::string& wished, const std::string& fallback) {
  const std::string& base = wished.empty() ? fallback : wished;
  if (taken_.insert(base).second) return base;
  for (std::size_t i = 1;; ++i) {
    std::string name = base + "_" + std::to_string(i);
    if (taken_.insert(name).second) return name;
  }
}

void take_value_names(const Graph& graph, NameTable& names) {
  for (const Value& value : graph.values) {
    if (!value.name.empty()) names.take(value.name);
  }
  for (const Node& node : graph.nodes) {
    for_each_subgraph(node, [&](const Graph& inner) { take_value_names(inner, names); });
  }
}

}  // namespace costscan
