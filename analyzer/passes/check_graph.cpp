#include "passes/check_graph.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "model/text.hpp"

namespace costscan {
namespace {

std::string node_fault(const Graph& graph, std::size_t n, std::vector<bool>& defined) {
  const Node& node = graph.nodes[n];
  for (const ValueId in : node.inputs) {
    if (in == no_value) continue;
    if (in < 0 || static_cast<std::size_t>(in) >= graph.values.size()) return "reads a value that does not exist";
    if (!defined[static_cast<std::size_t>(in)]) {
      return fmt::format("reads '{}' before it is made", printable(graph.values[static_cast<std::size_t>(in)].name));
    }
  }
  for (const ValueId out : node.outputs) {
    if (out == no_value) continue;
    const Value& value = graph.values[static_cast<std::size_t>(out)];
    if (value.producer != static_cast<std::int32_t>(n)) return "makes a value that another node makes, too";
    if (defined[static_cast<std::size_t>(out)]) return fmt::format("makes '{}' again", printable(value.name));
    defined[static_cast<std::size_t>(out)] = true;
  }
  return {};
}

std::string shown_type(const TensorInfo& info) {
  if (!info.shape) return fmt::format("{} of unknown shape", to_string(info.dtype));
  return fmt::format("{}[{}]", to_string(info.dtype), fmt::join(*info.shape, ","));
}

bool keeps_type(const TensorInfo& before, const TensorInfo& after) {
  const bool is_tensor = before.kind == TypeKind::tensor || before.kind == TypeKind::unknown;
  if (before.kind != TypeKind::unknown && before.kind != after.kind) return false;
  if (before.dtype != DType::undefined && before.dtype != after.dtype) return false;
  // What contents decide is only a bound, which may become closer.
  if (!is_tensor || !before.shape || before.data_dependent) return true;
  return after.shape == before.shape;
}

std::string ends_fault(const Graph& before, const Graph& after) {
  if (before.outputs.size() != after.outputs.size()) return "a graph output is gone";
  for (std::size_t i = 0; i < before.outputs.size(); ++i) {
    const std::string& name = before.values[static_cast<std::size_t>(before.outputs[i])].name;
    if (after.values[static_cast<std::size_t>(after.outputs[i])].name != name) {
      return fmt::format("graph output '{}' has lost its name", printable(name));
    }
  }
  for (const ValueId in : before.inputs) {
    const Value& value = before.values[static_cast<std::size_t>(in)];
    if (value.initializer >= 0) continue;
    const auto found = after.value_by_name.find(value.name);
    const bool kept = found != after.value_by_name.end() &&
                      after.values[static_cast<std::size_t>(found->second)].origin == ValueOrigin::graph_input;
    if (!kept) return fmt::format("graph input '{}' is gone", printable(value.name));
  }
  return {};
}

}  // namespace

std::string structure_fault(const Model& model) {
  const Graph& graph = model.graph;
  if (graph.value_by_name.size() != graph.values.size()) return "two values have one name";
  std::vector<bool> defined(graph.values.size(), false);
  const std::size_t constants = graph.initializers.size() + graph.sparse_initializers.size();
  for (std::size_t v = 0; v < graph.values.size(); ++v) {
    const std::int32_t initializer = graph.values[v].initializer;
    if (initializer >= 0 && static_cast<std::size_t>(initializer) >= constants) return "an initializer does not exist";
    if (initializer >= 0 || graph.values[v].origin == ValueOrigin::graph_input) defined[v] = true;
  }
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    std::string fault = node_fault(graph, n, defined);
    if (!fault.empty()) return describe_node(graph.nodes[n]) + " " + fault;
  }
  for (const ValueId out : graph.outputs) {
    if (!defined[static_cast<std::size_t>(out)]) return "a graph output is made by nothing";
  }
  return {};
}

std::string shape_fault(const ShapedModel& before, const ShapedModel& after) {
  const Graph& old_graph = *before.scopes.front().graph;
  const Graph& new_graph = *after.scopes.front().graph;
  if (std::string fault = ends_fault(old_graph, new_graph); !fault.empty()) return fault;
  for (std::size_t v = 0; v < old_graph.values.size(); ++v) {
    const auto found = new_graph.value_by_name.find(old_graph.values[v].name);
    if (found == new_graph.value_by_name.end()) continue;
    const TensorInfo& old_type = before.scopes.front().tensors[v];
    const TensorInfo& new_type = after.scopes.front().tensors[static_cast<std::size_t>(found->second)];
    if (keeps_type(old_type, new_type)) continue;
    return fmt::format("'{}' was {} and is {}", printable(old_graph.values[v].name), shown_type(old_type),
                       shown_type(new_type));
  }
  return {};
}

}  // namespace costscan
