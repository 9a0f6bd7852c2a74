#include "attribute/lineage.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace costscan {
namespace {

/// Walks the root and its functions as one flat graph; bodies of If, Loop and Scan stay inside their calling unit.
class LineageBuilder {
 public:
  LineageBuilder(const Analysis& analysis, ScopeId root, const Graph& executed)
      : shaped_(*analysis.shaped), root_(root) {
    for (const Node& node : executed.nodes) {
      if (node.op_type != "If") continue;
      for (const ValueId output : node.outputs) {
        if (output != no_value) executed_ifs_.insert(executed.values[static_cast<std::size_t>(output)].name);
      }
    }
    row_of_.resize(shaped_.scopes.size());
    for (std::size_t s = 0; s < shaped_.scopes.size(); ++s)
      row_of_[s].resize(shaped_.scopes[s].graph->nodes.size(), -1);
    for (std::size_t r = 0; r < analysis.nodes.size(); ++r) {
      const NodeRow& row = analysis.nodes[r];
      row_of_[static_cast<std::size_t>(row.scope_id)][static_cast<std::size_t>(row.graph_node)] =
          static_cast<std::int32_t>(r);
    }
    tensors_.resize(shaped_.scopes.size());
  }

  Lineage build() {
    open_scope(root_);
    walk(root_);
    // Results of a body may be captured tensors or its own inputs, which no node of it needs to touch.
    for (const ValueId id : scope_of(root_).graph->outputs) {
      if (id != no_value) touch(root_, id);
    }
    lineage_.readers.resize(lineage_.producer.size());
    for (std::size_t u = 0; u < lineage_.units.size(); ++u) {
      for (const LineageTensor tensor : lineage_.units[u].inputs) {
        lineage_.readers[static_cast<std::size_t>(tensor)].push_back(static_cast<std::int32_t>(u));
      }
    }
    find_equal_tensors(lineage_);
    return std::move(lineage_);
  }

 private:
  LineageTensor& tensor(ScopeId scope, ValueId value) {
    return tensors_[static_cast<std::size_t>(scope)][static_cast<std::size_t>(value)];
  }

  const Scope& scope_of(ScopeId scope) const { return shaped_.scopes[static_cast<std::size_t>(scope)]; }

  void open_scope(ScopeId scope) {
    tensors_[static_cast<std::size_t>(scope)].assign(scope_of(scope).graph->values.size(), no_tensor);
  }

  LineageTensor new_tensor() {
    lineage_.producer.push_back(-1);
    return static_cast<LineageTensor>(lineage_.producer.size() - 1);
  }

  /// The tensor of a value, made on first sight and entered under its name.
  LineageTensor touch(ScopeId scope, ValueId value) {
    LineageTensor& known = tensor(scope, value);
    if (known == no_tensor) {
      known = new_tensor();
      note_literal(*scope_of(scope).graph, value, known);
    }
    const std::string& name = scope_of(scope).graph->values[static_cast<std::size_t>(value)].name;
    if (scope == root_) {
      lineage_.by_name.try_emplace(name, known);
    } else {
      lineage_.calls[call_of_[scope]].tensors.try_emplace(name, known);
    }
    return known;
  }

  void note_literal(const Graph& graph, ValueId value, LineageTensor known) {
    constexpr std::size_t most_bytes = 256;
    const Tensor* constant = constant_tensor(graph, value);
    const auto bytes = constant == nullptr ? std::nullopt : bytes_in_memory(*constant);
    if (!bytes || bytes->size() > most_bytes) return;
    std::string literal = std::to_string(static_cast<int>(constant->dtype));
    for (const std::int64_t dim : constant->dims) literal += "," + std::to_string(dim);
    literal += ':';
    literal.append(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    lineage_.literals.emplace(known, std::move(literal));
  }

  void walk(ScopeId scope) {
    const Scope& here = scope_of(scope);
    std::unordered_map<std::int32_t, ScopeId> function_of_node;
    std::unordered_map<std::int32_t, std::vector<ScopeId>> bodies_of_node;
    for (const ScopeId child : here.children) {
      const Scope& inner = scope_of(child);
      if (inner.kind == ScopeKind::function) {
        function_of_node[inner.calling_node] = child;
      } else {
        bodies_of_node[inner.calling_node].push_back(child);
      }
    }
    for (std::size_t n = 0; n < here.graph->nodes.size(); ++n) {
      const auto index = static_cast<std::int32_t>(n);
      if (const auto function = function_of_node.find(index); function != function_of_node.end()) {
        enter_function(scope, here.graph->nodes[n], function->second);
      } else if (const ScopeId branch = inlined_branch(scope, here.graph->nodes[n], bodies_of_node[index]);
                 branch >= 0) {
        enter_branch(scope, here.graph->nodes[n], branch);
      } else {
        add_unit(scope, index, bodies_of_node[index]);
      }
    }
  }

  /// Formal parameters are the caller's tensors.
  void enter_function(ScopeId caller, const Node& node, ScopeId function) {
    open_scope(function);
    call_of_[function] = lineage_.calls.size();
    FunctionCall call;
    call.function = node.op_type;
    const Graph& outer = *scope_of(caller).graph;
    const Graph& body = *scope_of(function).graph;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == no_value) continue;
      const LineageTensor actual = touch(caller, node.inputs[i]);
      call.operands[outer.values[static_cast<std::size_t>(node.inputs[i])].name] = actual;
      if (i < body.inputs.size()) tensor(function, body.inputs[i]) = actual;
    }
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == no_value) continue;
      // An output that is also an input passes the caller's tensor through; the caller's name is one more for it.
      const bool passes = i < body.outputs.size() && tensor(function, body.outputs[i]) != no_tensor;
      if (passes) tensor(caller, node.outputs[i]) = tensor(function, body.outputs[i]);
      const LineageTensor actual = touch(caller, node.outputs[i]);
      call.operands[outer.values[static_cast<std::size_t>(node.outputs[i])].name] = actual;
      if (i < body.outputs.size()) tensor(function, body.outputs[i]) = actual;
    }
    lineage_.calls.push_back(std::move(call));
    walk(function);
  }

  /// The branch that is taken of an If that the runtime executes no more: its condition is constant. -1 for other
  /// nodes.
  ScopeId inlined_branch(ScopeId scope, const Node& node, const std::vector<ScopeId>& bodies) const {
    if (node.op_type != "If" || node.inputs.empty() || node.inputs.front() == no_value) return -1;
    const Scope& here = scope_of(scope);
    if (!here.tensors[static_cast<std::size_t>(node.inputs.front())].constant) return -1;
    for (const ValueId output : node.outputs) {
      if (output != no_value && executed_ifs_.contains(here.graph->values[static_cast<std::size_t>(output)].name))
        return -1;
    }
    for (const ScopeId body : bodies) {
      if (scope_of(body).trips > 0) return body;
    }
    return -1;
  }

  /// What the branch captures are tensors of the scopes around it; its results are those of the If.
  void enter_branch(ScopeId caller, const Node& node, ScopeId branch) {
    open_scope(branch);
    call_of_[branch] = lineage_.calls.size();
    FunctionCall call;
    call.function = scope_of(branch).attribute;
    call.is_branch = true;
    const Graph& body = *scope_of(branch).graph;
    for (std::size_t v = 0; v < body.values.size(); ++v) {
      if (body.values[v].origin != ValueOrigin::captured) continue;
      const LineageTensor outer = captured(caller, body.values[v].name);
      if (outer == no_tensor) continue;
      tensor(branch, static_cast<ValueId>(v)) = outer;
      call.operands[body.values[v].name] = outer;
    }
    for (std::size_t i = 0; i < node.outputs.size() && i < body.outputs.size(); ++i) {
      if (node.outputs[i] == no_value || body.outputs[i] == no_value) continue;
      const bool passes = tensor(branch, body.outputs[i]) != no_tensor;
      if (passes) tensor(caller, node.outputs[i]) = tensor(branch, body.outputs[i]);
      const LineageTensor result = touch(caller, node.outputs[i]);
      tensor(branch, body.outputs[i]) = result;
      call.operands[scope_of(caller).graph->values[static_cast<std::size_t>(node.outputs[i])].name] = result;
    }
    lineage_.calls.push_back(std::move(call));
    walk(branch);
  }

  /// The tensor of that name in the nearest scope around that has it, within the root.
  LineageTensor captured(ScopeId scope, const std::string& name) {
    for (; scope >= 0 && !tensors_[static_cast<std::size_t>(scope)].empty(); scope = scope_of(scope).parent) {
      const auto& values = scope_of(scope).graph->value_by_name;
      if (const auto found = values.find(name); found != values.end()) return touch(scope, found->second);
      if (scope == root_) break;
    }
    return no_tensor;
  }

  void add_unit(ScopeId scope, std::int32_t node_index, const std::vector<ScopeId>& bodies) {
    const Node& node = scope_of(scope).graph->nodes[static_cast<std::size_t>(node_index)];
    Unit unit;
    unit.node = &node;
    unit.scope = scope;
    unit.row = row_of_[static_cast<std::size_t>(scope)][static_cast<std::size_t>(node_index)];
    for (const ValueId id : node.inputs) {
      if (id != no_value) unit.inputs.push_back(touch(scope, id));
    }
    for (const ScopeId body : bodies) {
      unit.bodies.push_back({scope_of(body).attribute, body});
      add_body(scope, body, unit);
    }
    const auto unit_index = static_cast<std::int32_t>(lineage_.units.size());
    bool constant = !node.outputs.empty();
    for (const ValueId id : node.outputs) {
      if (id == no_value) continue;
      const LineageTensor made = touch(scope, id);
      lineage_.producer[static_cast<std::size_t>(made)] = unit_index;
      unit.outputs.push_back(made);
      constant = constant && scope_of(scope).tensors[static_cast<std::size_t>(id)].constant;
    }
    unit.constant = constant;
    lineage_.unit_by_node_name[name_of(node)].push_back(unit_index);
    lineage_.units.push_back(std::move(unit));
  }

  /// The measuring worker names the nameless by their op and place in their graph.
  static std::string name_of(const Node& node) {
    return node.name.empty() ? node.op_type + "_" + std::to_string(node.file_index) : node.name;
  }

  /// All rows of a body (and of bodies and functions inside it) stand with the calling unit, and so do the tensors that
  /// it captures.
  void add_body(ScopeId caller, ScopeId body, Unit& unit) {
    const Scope& inner = scope_of(body);
    const auto& rows = row_of_[static_cast<std::size_t>(body)];
    unit.body_rows.insert(unit.body_rows.end(), rows.begin(), rows.end());
    for (const Value& value : inner.graph->values) {
      if (value.origin != ValueOrigin::captured) continue;
      const LineageTensor outer = captured(caller, value.name);
      if (outer != no_tensor && std::ranges::find(unit.inputs, outer) == unit.inputs.end())
        unit.inputs.push_back(outer);
    }
    for (const ScopeId child : inner.children) add_body(caller, child, unit);
  }

  const ShapedModel& shaped_;
  ScopeId root_;
  std::unordered_set<std::string> executed_ifs_;  ///< names of their outputs
  Lineage lineage_;
  std::vector<std::vector<std::int32_t>> row_of_;     ///< by scope and node: index into Analysis::nodes
  std::vector<std::vector<LineageTensor>> tensors_;   ///< by scope and value
  std::unordered_map<ScopeId, std::size_t> call_of_;  ///< by a function's scope: index into Lineage::calls
};

}  // namespace

Lineage build_lineage(const Analysis& analysis, ScopeId root, const Graph& executed) {
  return LineageBuilder(analysis, root, executed).build();
}

}  // namespace costscan
