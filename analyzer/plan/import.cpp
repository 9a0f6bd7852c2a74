#include "plan/import.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "shapes/other_sizes.hpp"

namespace costscan::plan {
namespace {

/// What the runtime knows of a shape: the extents that are the same under other sizes.
std::optional<Shape> planned_of(const TensorInfo& info, const TensorInfo* other) {
  if (!info.shape) return std::nullopt;
  Shape planned = *info.shape;
  if (info.data_dependent) {
    std::ranges::fill(planned, free_dim);
    return planned;
  }
  if (other == nullptr) return planned;
  if (!other->shape || other->shape->size() != planned.size()) return std::nullopt;
  for (std::size_t i = 0; i < planned.size(); ++i) {
    if ((*other->shape)[i] != planned[i]) planned[i] = free_dim;
  }
  return planned;
}

bool names_all_extents(const std::optional<DeclaredType>& declared) {
  return declared && declared->dims && std::ranges::none_of(*declared->dims, [](const DeclaredDim& dim) {
           return std::holds_alternative<std::monostate>(dim);
         });
}

/// Extents that come out of computed shapes have no symbols, nor what is computed from such tensors.
void mark_anonymous(PlanGraph& graph) {
  for (const NodeId id : graph.execution_order()) {
    const Node& node = graph.node(id);
    const bool computed = is_any(node, {"Reshape", "Expand", "Tile", "ConstantOfShape", "Range", "Slice", "NonZero"}) &&
                          std::ranges::any_of(node.inputs.begin() + (node.inputs.size() > 1 ? 1 : 0), node.inputs.end(),
                                              [&](ValueId in) { return in != no_value && !is_constant(graph, in); });
    const bool inherited =
        std::ranges::any_of(node.inputs, [&](ValueId in) { return in != no_value && graph.value(in).anonymous; });
    for (const ValueId out : node.outputs) {
      if (out == no_value || graph.value(out).symbols_declared) continue;
      const auto& planned = graph.value(out).planned;
      graph.value(out).anonymous = (computed || inherited) && (!planned || !all_known(*planned));
    }
  }
}

/// Names that a subgraph reads from around it, its own subgraphs included.
void collect_captures(const Graph& graph, std::vector<std::string>& names) {
  for (const Value& value : graph.values) {
    if (value.origin == ValueOrigin::captured) names.push_back(value.name);
  }
  for (const Node& node : graph.nodes) {
    for (const Attribute& attribute : node.attributes) {
      if (const auto* body = std::get_if<std::shared_ptr<const Graph>>(&attribute.value))
        collect_captures(**body, names);
      if (const auto* bodies = std::get_if<std::vector<std::shared_ptr<const Graph>>>(&attribute.value)) {
        for (const auto& each : *bodies) collect_captures(*each, names);
      }
    }
  }
}

class Importer {
 public:
  explicit Importer(const ShapedModel& shaped) : shaped_(shaped), other_(under_other_sizes(shaped)) {}

  PlanGraph run() {
    graph_.opset_imports = shaped_.model->opset_imports;
    const Scope& main = shaped_.scopes.front();
    std::vector<ValueId> map(main.graph->values.size(), no_value);
    add_values(0, "", map);
    mark_ends(*main.graph, map);
    add_nodes(0, "", map);
    while (!calls_.empty()) {
      const Call call = calls_.front();
      calls_.pop_front();
      inline_call(call);
    }
    mark_anonymous(graph_);
    return std::move(graph_);
  }

 private:
  struct Call {
    NodeId node = no_node;
    ScopeId scope = -1;
  };

  void add_values(ScopeId id, const std::string& prefix, std::vector<ValueId>& map) {
    const Scope& scope = shaped_.scopes[static_cast<std::size_t>(id)];
    for (std::size_t v = 0; v < map.size(); ++v) {
      if (map[v] != no_value) continue;
      const Value& value = scope.graph->values[v];
      if (value.origin == ValueOrigin::captured && value.name.empty()) continue;
      const TensorInfo& info = scope.tensors[v];
      const TensorInfo* other = other_ == nullptr ? nullptr : &other_->scopes[static_cast<std::size_t>(id)].tensors[v];
      map[v] = graph_.add_value(prefix + value.name, {info, planned_of(info, other)});
      if (const Tensor* tensor = constant_tensor(*scope.graph, static_cast<ValueId>(v))) {
        graph_.value(map[v]).tensor = std::shared_ptr<const Tensor>(scope.graph, tensor);
      }
      graph_.value(map[v]).symbols_declared = names_all_extents(value.declared);
      graph_.value(map[v]).initializer = value.origin == ValueOrigin::initializer;
    }
  }

  void mark_ends(const Graph& graph, const std::vector<ValueId>& map) {
    constexpr std::int64_t overridable_since = 4;  // before, every initializer had to be listed as an input
    for (const ValueId in : graph.inputs) {
      PlanValue& value = graph_.value(map[static_cast<std::size_t>(in)]);
      if (value.initializer && shaped_.model->ir_version < overridable_since) continue;
      value.graph_input = true;
      value.initializer = false;
    }
    for (const ValueId out : graph.outputs) graph_.value(map[static_cast<std::size_t>(out)]).graph_output = true;
  }

  void add_nodes(ScopeId id, const std::string& prefix, const std::vector<ValueId>& map) {
    const Scope& scope = shaped_.scopes[static_cast<std::size_t>(id)];
    for (std::size_t n = 0; n < scope.graph->nodes.size(); ++n) {
      Node node = scope.graph->nodes[n];
      for (auto* list : {&node.inputs, &node.outputs}) {
        for (ValueId& value : *list) value = value == no_value ? no_value : map[static_cast<std::size_t>(value)];
      }
      if (is_op(node, "Constant")) {
        if (output(node, 0) != no_value) graph_.value(output(node, 0)).initializer = true;
        continue;
      }
      if (is_op(node, "CastLike") && output(node, 0) != no_value) become_cast(node);
      while (!node.inputs.empty() && node.inputs.back() == no_value) node.inputs.pop_back();
      while (!node.outputs.empty() && node.outputs.back() == no_value) node.outputs.pop_back();
      if (!prefix.empty()) node.name.clear();
      const NodeId added = graph_.add_node(std::move(node));
      add_captures(added, prefix, *scope.graph, scope.graph->nodes[n], map);
      if (const ScopeId callee = function_scope(scope, static_cast<std::int32_t>(n)); callee >= 0) {
        calls_.push_back({added, callee});
      }
    }
  }

  ScopeId function_scope(const Scope& scope, std::int32_t node) const {
    for (const ScopeId child : scope.children) {
      const Scope& candidate = shaped_.scopes[static_cast<std::size_t>(child)];
      if (candidate.kind == ScopeKind::function && candidate.calling_node == node) return child;
    }
    return -1;
  }

  void add_captures(NodeId id, const std::string& prefix, const Graph& around, const Node& node,
                    const std::vector<ValueId>& map) {
    std::vector<std::string> names;
    for (const Attribute& attribute : node.attributes) {
      const auto* body = std::get_if<std::shared_ptr<const Graph>>(&attribute.value);
      if (body == nullptr) continue;
      graph_.at(id).has_subgraph = true;
      collect_captures(**body, names);
    }
    if (names.empty() || !prefix.empty()) return;
    std::ranges::sort(names);
    const auto repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
    for (const std::string& name : names) {
      const auto found = around.value_by_name.find(name);
      if (found == around.value_by_name.end()) continue;
      const ValueId value = map[static_cast<std::size_t>(found->second)];
      if (value == no_value) continue;
      graph_.at(id).captured.push_back(value);
      graph_.value(value).uses.push_back({id, -1});
    }
  }

  /// CastLike is a Cast to the type of its second input.
  void become_cast(Node& node) const {
    node.op_type = "Cast";
    const auto to = static_cast<std::int64_t>(graph_.value(output(node, 0)).info.dtype);
    node.inputs.resize(1);
    set_attribute(node, "to", to);
  }

  void inline_call(const Call& call) {
    const Node caller = graph_.node(call.node);
    const Scope& scope = shaped_.scopes[static_cast<std::size_t>(call.scope)];
    graph_.remove(call.node);
    std::vector<ValueId> map(scope.graph->values.size(), no_value);
    const auto mapped = [&](ValueId formal) -> ValueId& { return map[static_cast<std::size_t>(formal)]; };
    const std::vector<ValueId>& formals = scope.graph->inputs;
    for (std::size_t i = 0; i < formals.size() && i < caller.inputs.size(); ++i) mapped(formals[i]) = caller.inputs[i];
    bind_outputs(scope.graph->outputs, caller.outputs, map);
    const std::string prefix = call_prefix(caller.op_type);
    add_values(call.scope, prefix, map);
    // What the caller leaves out, the body's nodes do without.
    for (std::size_t i = 0; i < formals.size(); ++i) {
      if (input(caller, i) == no_value) mapped(formals[i]) = no_value;
    }
    add_nodes(call.scope, prefix, map);
  }

  /// A result that is an operand too, or another result, is handed through.
  void bind_outputs(const std::vector<ValueId>& formals, const std::vector<ValueId>& actual,
                    std::vector<ValueId>& map) {
    for (std::size_t i = 0; i < formals.size() && i < actual.size(); ++i) {
      if (formals[i] == no_value || actual[i] == no_value) continue;
      ValueId& mapped = map[static_cast<std::size_t>(formals[i])];
      if (mapped == no_value) {
        mapped = actual[i];
      } else {
        graph_.add_node(make_node("", "Identity", onnx_domain, {mapped}, {actual[i]}));
      }
    }
  }

  /// As the runtime names what it inlines: the first call of a function without a number, the others told apart by one
  /// that rises.
  std::string call_prefix(const std::string& function) {
    const int before = inlined_[function]++;
    return "_inlfunc_" + function + (before == 0 ? "" : "_token_" + std::to_string(before)) + "_";
  }

  const ShapedModel& shaped_;
  std::shared_ptr<const ShapedModel> other_;
  PlanGraph graph_;
  std::deque<Call> calls_;
  std::map<std::string, int> inlined_;  ///< calls so far, by function
};

}  // namespace

PlanGraph import_graph(const ShapedModel& shaped) { return Importer(shaped).run(); }

}  // namespace costscan::plan
