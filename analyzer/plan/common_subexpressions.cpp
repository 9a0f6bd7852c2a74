// CommonSubexpressionElimination, and ConstantSharing before it: equal small constants become one value.
#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <unordered_map>

#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

void append_bytes(std::string& key, const void* data, std::size_t size) {
  const std::size_t at = key.size();
  key.resize(at + size);
  if (size > 0) std::memcpy(key.data() + at, data, size);
}

template <class T>
void append_number(std::string& key, T number) {
  append_bytes(key, &number, sizeof number);
}

void append_text(std::string& key, const std::string& text) {
  append_number(key, text.size());
  key += text;
}

template <class T>
void append_list(std::string& key, const std::vector<T>& list) {
  append_number(key, list.size());
  for (const T& item : list) {
    if constexpr (std::is_same_v<T, std::string>) {
      append_text(key, item);
    } else {
      append_number(key, item);
    }
  }
}

/// False for attributes that are not compared: graphs, tensors whose bytes are elsewhere.
bool append_attribute(std::string& key, const Attribute& attribute) {
  append_text(key, attribute.name);
  append_number(key, attribute.value.index());
  if (const auto* number = std::get_if<float>(&attribute.value)) {
    append_number(key, *number);
  } else if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
    append_number(key, *integer);
  } else if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    append_text(key, *text);
  } else if (const auto* floats = std::get_if<std::vector<float>>(&attribute.value)) {
    append_list(key, *floats);
  } else if (const auto* ints = std::get_if<std::vector<std::int64_t>>(&attribute.value)) {
    append_list(key, *ints);
  } else if (const auto* texts = std::get_if<std::vector<std::string>>(&attribute.value)) {
    append_list(key, *texts);
  } else if (const auto* tensor = std::get_if<Tensor>(&attribute.value)) {
    const auto bytes = bytes_in_memory(*tensor);
    if (!bytes) return false;
    append_number(key, tensor->dtype);
    append_list(key, tensor->dims);
    append_number(key, bytes->size());
    append_bytes(key, bytes->data(), bytes->size());
  } else {
    return false;
  }
  return true;
}

bool is_candidate(const PlanGraph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (graph.at(id).has_subgraph || makes_graph_output(graph, node)) return false;
  if (is_any(node, {"RandomUniform", "RandomNormal", "RandomUniformLike", "RandomNormalLike", "Multinomial",
                    "Bernoulli", "DequantizeLinear", "QuantizeLinear"})) {
    return false;
  }
  return std::ranges::none_of(node.outputs, [&](ValueId out) {
    return out != no_value && std::ranges::any_of(graph.value(out).uses, [](const Use& use) { return use.input < 0; });
  });
}

std::optional<std::string> expression(const Node& node) {
  std::string key = node.domain + "." + node.op_type;
  append_list(key, node.inputs);
  append_number(key, node.outputs.size());
  for (const ValueId out : node.outputs) append_number(key, out == no_value);
  std::vector<const Attribute*> sorted;
  for (const Attribute& attribute : node.attributes) sorted.push_back(&attribute);
  std::ranges::sort(sorted, {}, &Attribute::name);
  for (const Attribute* attribute : sorted) {
    if (!append_attribute(key, *attribute)) return std::nullopt;
  }
  return key;
}

/// Type, dims and elements of a constant of at most eight elements.
std::optional<std::string> contents(const PlanGraph& graph, ValueId id) {
  constexpr std::int64_t most = 8;
  const PlanValue& value = graph.value(id);
  if (!value.initializer || !value.info.shape) return std::nullopt;
  std::string key;
  append_number(key, value.info.dtype);
  append_list(key, *value.info.shape);
  if (value.tensor && element_count(*value.tensor) <= most) {
    const auto bytes = bytes_in_memory(*value.tensor);
    if (!bytes) return std::nullopt;
    append_bytes(key, bytes->data(), bytes->size());
    return key;
  }
  const auto ints = value.tensor ? std::nullopt : constant_ints(graph, id);
  if (!ints || ints->size() > static_cast<std::size_t>(most) || value.info.dtype != DType::int64) return std::nullopt;
  for (const std::int64_t element : *ints) append_number(key, element);
  return key;
}

}  // namespace

bool share_constants(PlanGraph& graph, const Context&) {
  std::unordered_map<std::string, ValueId> first;
  bool changed = false;
  for (std::size_t v = 0; v < graph.values.size(); ++v) {
    const auto id = static_cast<ValueId>(v);
    if (graph.value(id).graph_input || graph.value(id).graph_output || graph.value(id).uses.empty()) continue;
    const auto key = contents(graph, id);
    if (!key) continue;
    const auto [at, added] = first.try_emplace(*key, id);
    if (added) continue;
    graph.replace_uses(id, at->second);
    changed = true;
  }
  return changed;
}

bool eliminate_common_subexpressions(PlanGraph& graph, const Context&) {
  std::unordered_map<std::string, NodeId> first;
  bool changed = false;
  const std::vector<NodeId> order = graph.execution_order();
  for (const NodeId id : order) {
    if (!is_candidate(graph, id)) continue;
    const auto key = expression(graph.node(id));
    if (!key) continue;
    const auto [at, added] = first.try_emplace(*key, id);
    if (added) continue;
    const auto outputs = graph.node(id).outputs;
    for (std::size_t slot = 0; slot < outputs.size(); ++slot) {
      if (outputs[slot] != no_value) graph.replace_uses(outputs[slot], graph.node(at->second).outputs[slot]);
    }
    graph.remove(id);
    changed = true;
  }
  return changed;
}

}  // namespace costscan::plan
