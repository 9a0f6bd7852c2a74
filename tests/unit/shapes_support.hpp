// Small graphs built by hand, for tests that need no file.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "shapes/infer.hpp"

namespace costscan::test {

/// Text of a shape as tables write it: "1x2x3", "scalar", "?".
[[nodiscard]] inline std::string text_of(const TensorInfo& info) {
  if (!info.shape) return "?";
  if (info.shape->empty()) return "scalar";
  std::string out;
  for (const std::int64_t dim : *info.shape) out += (out.empty() ? "" : "x") + std::to_string(dim);
  return out;
}

class GraphBuilder {
 public:
  GraphBuilder() : graph_(std::make_shared<Graph>()) {}

  GraphBuilder& input(const std::string& name, DType dtype, std::vector<DeclaredDim> dims) {
    const ValueId id = value(name);
    Value& here = graph_->values[static_cast<std::size_t>(id)];
    here.origin = ValueOrigin::graph_input;
    here.declared = DeclaredType{TypeKind::tensor, dtype, std::move(dims), nullptr};
    graph_->inputs.push_back(id);
    return *this;
  }
  /// A formal input of a body or function, without a type.
  GraphBuilder& formal(const std::string& name) {
    const ValueId id = value(name);
    graph_->values[static_cast<std::size_t>(id)].origin = ValueOrigin::graph_input;
    graph_->inputs.push_back(id);
    return *this;
  }
  GraphBuilder& ints(const std::string& name, Shape dims, const std::vector<std::int64_t>& contents) {
    Tensor tensor{name, DType::int64, std::move(dims), OwnedBytes{}};
    auto& bytes = std::get<OwnedBytes>(tensor.storage).bytes;
    const auto* data = reinterpret_cast<const std::byte*>(contents.data());
    bytes.assign(data, data + contents.size() * sizeof(std::int64_t));
    return initializer(std::move(tensor));
  }
  /// A weight of which the file has the shape only.
  GraphBuilder& weight(const std::string& name, DType dtype, Shape dims) {
    return initializer(
        Tensor{name, dtype, std::move(dims), ExternalBytes{"weights.bin", 0, 0, ExternalBytes::State::missing}});
  }
  GraphBuilder& node(const std::string& op, const std::vector<std::string>& inputs,
                     const std::vector<std::string>& outputs, std::vector<Attribute> attributes = {},
                     const std::string& domain = "") {
    Node node;
    node.op_type = op;
    node.domain = domain;
    node.name = op + "_" + std::to_string(graph_->nodes.size());
    node.file_index = static_cast<std::int32_t>(graph_->nodes.size());
    node.attributes = std::move(attributes);
    for (const std::string& name : inputs) node.inputs.push_back(name.empty() ? no_value : value(name));
    for (const std::string& name : outputs) {
      node.outputs.push_back(name.empty() ? no_value : value(name));
      if (name.empty()) continue;
      Value& here = graph_->values[static_cast<std::size_t>(node.outputs.back())];
      here.origin = ValueOrigin::node_output;
      here.producer = static_cast<std::int32_t>(graph_->nodes.size());
    }
    graph_->nodes.push_back(std::move(node));
    return *this;
  }
  GraphBuilder& output(const std::string& name) {
    graph_->outputs.push_back(value(name));
    return *this;
  }
  GraphBuilder& declare(const std::string& name, DType dtype, std::vector<DeclaredDim> dims) {
    graph_->values[static_cast<std::size_t>(value(name))].declared =
        DeclaredType{TypeKind::tensor, dtype, std::move(dims), nullptr};
    return *this;
  }
  [[nodiscard]] std::shared_ptr<const Graph> graph() const { return graph_; }
  [[nodiscard]] std::shared_ptr<Model> model(std::int64_t opset = 18) const {
    auto out = std::make_shared<Model>();
    out->path = "hand_made.onnx";
    out->stem = "hand_made";
    out->ir_version = 8;
    out->opset_imports = {{"", opset}, {"com.microsoft", 1}, {"com.microsoft.nchwc", 1}, {"local", 1}};
    out->graph = *graph_;
    return out;
  }

 private:
  ValueId value(const std::string& name) {
    const auto found = graph_->value_by_name.find(name);
    if (found != graph_->value_by_name.end()) return found->second;
    const auto id = static_cast<ValueId>(graph_->values.size());
    Value made;
    made.name = name;
    graph_->values.push_back(std::move(made));
    graph_->value_by_name.emplace(name, id);
    return id;
  }
  GraphBuilder& initializer(Tensor tensor) {
    const ValueId id = value(tensor.name);
    Value& here = graph_->values[static_cast<std::size_t>(id)];
    here.origin = ValueOrigin::initializer;
    here.initializer = static_cast<std::int32_t>(graph_->initializers.size());
    graph_->initializers.push_back(std::move(tensor));
    return *this;
  }

  std::shared_ptr<Graph> graph_;
};

[[nodiscard]] inline Attribute attr(std::string name, AttributeValue value, std::int32_t type) {
  return {std::move(name), std::move(value), {}, type};
}
[[nodiscard]] inline Attribute int_attr(std::string name, std::int64_t x) { return attr(std::move(name), x, 2); }
[[nodiscard]] inline Attribute ints_attr(std::string name, std::vector<std::int64_t> x) {
  return attr(std::move(name), std::move(x), 7);
}
[[nodiscard]] inline Attribute graph_attr(std::string name, std::shared_ptr<const Graph> x) {
  return attr(std::move(name), std::move(x), 5);
}

[[nodiscard]] inline const TensorInfo& tensor_named(const ShapedModel& shaped, const std::string& name,
                                                    std::size_t scope = 0) {
  const Scope& here = shaped.scopes.at(scope);
  return here.tensors.at(static_cast<std::size_t>(here.graph->value_by_name.at(name)));
}

}  // namespace costscan::test
