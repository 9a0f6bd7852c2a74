// Small graphs from text, so that a case reads like a drawing: "Conv: x w -> y" per node, "name = Conv: ..." to name
// it.
#pragma once

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "model/analysis.hpp"

namespace costscan::test {

inline ValueId value_of(Graph& graph, const std::string& name) {
  const auto [entry, fresh] = graph.value_by_name.try_emplace(name, static_cast<ValueId>(graph.values.size()));
  if (fresh) {
    Value value;
    value.name = name;
    value.origin = ValueOrigin::graph_input;
    if (name.starts_with("c_")) {
      value.origin = ValueOrigin::initializer;
      value.initializer = static_cast<std::int32_t>(graph.initializers.size());
      graph.initializers.push_back({name, DType::float32, {}, {}});
    }
    graph.values.push_back(value);
  }
  return entry->second;
}

/// Lines of "[name = ]Op: inputs -> outputs"; inputs that start with "c_" are initializers, so constants.
inline Graph graph_from_text(const std::vector<std::string>& lines) {
  Graph graph;
  for (const std::string& line : lines) {
    Node node;
    std::string rest = line;
    if (const auto equals = rest.find(" = "); equals != std::string::npos) {
      node.name = rest.substr(0, equals);
      rest = rest.substr(equals + 3);
    }
    const auto colon = rest.find(':');
    const auto arrow = rest.find("->");
    node.op_type = rest.substr(0, colon);
    node.file_index = static_cast<std::int32_t>(graph.nodes.size());
    std::string word;
    for (std::istringstream words(rest.substr(colon + 1, arrow - colon - 1)); words >> word;) {
      node.inputs.push_back(value_of(graph, word));
    }
    for (std::istringstream words(rest.substr(arrow + 2)); words >> word;) {
      const ValueId id = value_of(graph, word);
      graph.values[static_cast<std::size_t>(id)].producer = node.file_index;
      graph.values[static_cast<std::size_t>(id)].origin = ValueOrigin::node_output;
      node.outputs.push_back(id);
    }
    graph.nodes.push_back(std::move(node));
  }
  return graph;
}

/// A scope of that graph in which values are constant when they start with "c_" or come from constants only.
inline Scope scope_from_graph(Graph graph) {
  Scope scope;
  scope.tensors.resize(graph.values.size());
  for (std::size_t v = 0; v < graph.values.size(); ++v)
    scope.tensors[v].constant = graph.values[v].name.starts_with("c_");
  for (const Node& node : graph.nodes) {
    bool constant = true;
    for (const ValueId id : node.inputs) constant = constant && scope.tensors[static_cast<std::size_t>(id)].constant;
    for (const ValueId id : node.outputs) scope.tensors[static_cast<std::size_t>(id)].constant = constant;
  }
  scope.graph = std::make_shared<Graph>(std::move(graph));
  return scope;
}

}  // namespace costscan::test
