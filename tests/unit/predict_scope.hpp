// Small executed graphs for tests of prediction: tensors by name, nodes in order.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/shaped_model.hpp"

namespace costscan {

struct TestTensor {
  Shape shape;
  DType dtype = DType::float32;
  bool constant = false;
  std::vector<std::int64_t> ints = {};  ///< contents, where a test needs them known
  std::vector<double> floats = {};
};

struct TestNode {
  std::string op;
  std::vector<std::string> inputs;  ///< "" for an omitted optional
  std::vector<std::string> outputs;
  std::string domain = "";
  std::vector<Attribute> attributes = {};
};

inline Attribute attribute(std::string name, AttributeValue value) {
  Attribute made;
  made.name = std::move(name);
  made.value = std::move(value);
  return made;
}

/// A main scope whose tensors all have their shapes. Constants are initializers.
inline Scope make_scope(const std::map<std::string, TestTensor>& tensors, const std::vector<TestNode>& nodes,
                        const std::vector<std::string>& outputs = {}) {
  auto graph = std::make_shared<Graph>();
  Scope scope;
  for (const auto& [name, tensor] : tensors) {
    Value value;
    value.name = name;
    value.origin = tensor.constant ? ValueOrigin::initializer : ValueOrigin::graph_input;
    if (tensor.constant) {
      value.initializer = static_cast<std::int32_t>(graph->initializers.size());
      Tensor stored;
      stored.name = name;
      stored.dtype = tensor.dtype;
      stored.dims = tensor.shape;
      graph->initializers.push_back(std::move(stored));
    }
    graph->value_by_name[name] = static_cast<ValueId>(graph->values.size());
    graph->values.push_back(std::move(value));
    TensorInfo info;
    info.kind = TypeKind::tensor;
    info.dtype = tensor.dtype;
    info.shape = tensor.shape;
    info.constant = tensor.constant;
    if (!tensor.ints.empty() || !tensor.floats.empty()) {
      auto known = std::make_shared<KnownValue>();
      known->dtype = tensor.dtype;
      known->dims = tensor.shape;
      known->ints = tensor.ints;
      known->floats = tensor.floats;
      info.value = known;
    }
    scope.tensors.push_back(std::move(info));
  }
  for (const TestNode& made : nodes) {
    Node node;
    node.op_type = made.op;
    node.domain = made.domain;
    node.name = made.outputs.empty() ? made.op : made.outputs.front();
    node.attributes = made.attributes;
    node.file_index = static_cast<std::int32_t>(graph->nodes.size());
    for (const std::string& name : made.inputs)
      node.inputs.push_back(name.empty() ? no_value : graph->value_by_name.at(name));
    for (const std::string& name : made.outputs) {
      node.outputs.push_back(name.empty() ? no_value : graph->value_by_name.at(name));
      if (name.empty()) continue;
      Value& value = graph->values[static_cast<std::size_t>(graph->value_by_name.at(name))];
      value.origin = ValueOrigin::node_output;
      value.producer = node.file_index;
    }
    graph->nodes.push_back(std::move(node));
  }
  for (const std::string& name : outputs) graph->outputs.push_back(graph->value_by_name.at(name));
  scope.opset_imports = {{"", 17}, {"com.microsoft", 1}, {"com.microsoft.nchwc", 1}};
  scope.graph = graph;
  return scope;
}

}  // namespace costscan
