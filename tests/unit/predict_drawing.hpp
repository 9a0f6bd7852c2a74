// Graphs small enough to draw, as tests of liveness write them; sizes are in bytes (uint8 tensors of that many
// elements).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/shaped_model.hpp"

namespace costscan {

struct DrawnStep {
  std::string op;
  std::vector<std::string> inputs;  ///< "" for an omitted optional
  std::vector<std::string> outputs;
  std::string domain = "";
};

/// A scope by tensor names. Names that no step, input or constant of the scope defines are captured.
struct Drawing {
  std::vector<std::string> inputs;
  std::vector<DrawnStep> steps;
  std::vector<std::string> outputs;
  std::map<std::string, std::int64_t> bytes;  ///< without an entry the shape is unknown
  std::vector<std::string> constants = {};
  ScopeKind kind = ScopeKind::main;
  ScopeId parent = -1;
  std::int32_t calling_node = -1;
  std::int64_t trips = 1;
  std::map<std::string, std::vector<DeclaredDim>> declared = {};  ///< what the file states; nothing for most
};

class DrawingBuilder {
 public:
  explicit DrawingBuilder(const Drawing& drawing) : drawing_(drawing) {
    for (const auto& name : drawing.constants) define(name, ValueOrigin::initializer);
    for (const auto& name : drawing.inputs) graph_->inputs.push_back(define(name, ValueOrigin::graph_input));
    for (const DrawnStep& step : drawing.steps) add(step);
    for (const auto& name : drawing.outputs) graph_->outputs.push_back(value(name));
  }

  Scope finish() && {
    scope_.kind = drawing_.kind;
    scope_.parent = drawing_.parent;
    scope_.calling_node = drawing_.calling_node;
    scope_.trips = drawing_.trips;
    scope_.graph = graph_;
    return std::move(scope_);
  }

 private:
  ValueId define(const std::string& name, ValueOrigin origin) {
    const auto id = static_cast<ValueId>(graph_->values.size());
    Value& value = graph_->values.emplace_back();
    value.name = name;
    value.origin = origin;
    TensorInfo& info = scope_.tensors.emplace_back();
    info.kind = TypeKind::tensor;
    info.dtype = DType::uint8;
    info.constant = origin == ValueOrigin::initializer;
    if (const auto found = drawing_.bytes.find(name); found != drawing_.bytes.end()) info.shape = Shape{found->second};
    if (const auto found = drawing_.declared.find(name); found != drawing_.declared.end()) {
      value.declared =
          DeclaredType{.kind = TypeKind::tensor, .dtype = DType::uint8, .dims = found->second, .element = {}};
    }
    graph_->value_by_name[name] = id;
    return id;
  }

  ValueId value(const std::string& name) {
    if (name.empty()) return no_value;
    const auto found = graph_->value_by_name.find(name);
    return found != graph_->value_by_name.end() ? found->second : define(name, ValueOrigin::captured);
  }

  void add(const DrawnStep& step) {
    Node node;
    node.op_type = step.op;
    node.domain = step.domain;
    node.file_index = static_cast<std::int32_t>(graph_->nodes.size());
    for (const auto& name : step.inputs) node.inputs.push_back(value(name));
    for (const auto& name : step.outputs) {
      node.outputs.push_back(name.empty() ? no_value : define(name, ValueOrigin::node_output));
      if (!name.empty()) graph_->values.back().producer = node.file_index;
    }
    graph_->nodes.push_back(std::move(node));
  }

  const Drawing& drawing_;
  std::shared_ptr<Graph> graph_ = std::make_shared<Graph>();
  Scope scope_;
};

inline Drawing inside(ScopeKind kind, ScopeId parent, std::int32_t calling_node, Drawing drawing,
                      std::int64_t trips = 1) {
  drawing.kind = kind;
  drawing.parent = parent;
  drawing.calling_node = calling_node;
  drawing.trips = trips;
  return drawing;
}

inline ShapedModel drawn(const std::vector<Drawing>& drawings) {
  ShapedModel shaped;
  shaped.model = std::make_shared<Model>();
  for (const Drawing& drawing : drawings) shaped.scopes.push_back(DrawingBuilder(drawing).finish());
  return shaped;
}

}  // namespace costscan
