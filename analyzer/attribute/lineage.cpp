#include "attribute/lineage.hpp"

#include <algorithm>
#include <utility>

namespace costscan {
namespace {

/// Walks main and function scopes as one flat graph; bodies of If, Loop and Scan stay inside their calling unit.
class LineageBuilder {
 public:
  explicit LineageBuilder(const Analysis& analysis) : shaped_(*analysis.shaped) {
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
    open_scope(0);
    walk(0);
    lineage_.readers.resize(lineage_.producer.size());
    for (std::size_t u = 0; u < lineage_.units.size(); ++u) {
      for (const LineageTensor tensor : lineage_.units[u].inputs) {
        lineage_.readers[static_cast<std::size_t>(tensor)].push_back(static_cast<std::int32_t>(u));
      }
    }
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
    if (known == no_tensor) known = new_tensor();
    const std::string& name = scope_of(scope).graph->values[static_cast<std::size_t>(value)].name;
    if (scope == 0) {
      lineage_.by_name.try_emplace(name, known);
    } else {
      auto& calls = lineage_.in_functions[name];
      if (calls.empty() || calls.back() != known) calls.push_back(known);
    }
    return known;
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
      } else {
        add_unit(scope, index, bodies_of_node.contains(index) ? bodies_of_node[index] : std::vector<ScopeId>{});
      }
    }
  }

  /// Formal parameters are the caller's tensors.
  void enter_function(ScopeId caller, const Node& node, ScopeId function) {
    open_scope(function);
    const Graph& body = *scope_of(function).graph;
    for (std::size_t i = 0; i < body.inputs.size() && i < node.inputs.size(); ++i) {
      if (node.inputs[i] != no_value) tensor(function, body.inputs[i]) = touch(caller, node.inputs[i]);
    }
    for (std::size_t i = 0; i < body.outputs.size() && i < node.outputs.size(); ++i) {
      if (node.outputs[i] == no_value) continue;
      LineageTensor& formal = tensor(function, body.outputs[i]);
      // An output that is also an input passes the caller's tensor through; keep the input's identity.
      if (formal == no_tensor) formal = touch(caller, node.outputs[i]);
    }
    walk(function);
  }

  void add_unit(ScopeId scope, std::int32_t node_index, const std::vector<ScopeId>& bodies) {
    const Node& node = scope_of(scope).graph->nodes[static_cast<std::size_t>(node_index)];
    Unit unit;
    unit.op_type = node.op_type;
    unit.rows.push_back(row_of_[static_cast<std::size_t>(scope)][static_cast<std::size_t>(node_index)]);
    for (const ValueId id : node.inputs) {
      if (id != no_value) unit.inputs.push_back(touch(scope, id));
    }
    for (const ScopeId body : bodies) add_body(scope, body, unit);
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
    if (!node.name.empty()) lineage_.unit_by_node_name[node.name].push_back(unit_index);
    lineage_.units.push_back(std::move(unit));
  }

  /// All rows of a body (and of bodies and functions inside it) belong to the calling unit; so do the tensors it
  /// captures.
  void add_body(ScopeId caller, ScopeId body, Unit& unit) {
    const Scope& inner = scope_of(body);
    const auto& rows = row_of_[static_cast<std::size_t>(body)];
    unit.rows.insert(unit.rows.end(), rows.begin(), rows.end());
    for (std::size_t n = 0; n < rows.size(); ++n) {
      const std::string& name = inner.graph->nodes[n].name;
      if (!name.empty()) lineage_.body_rows_by_name[name].push_back(rows[n]);
    }
    const Graph& outer = *scope_of(caller).graph;
    for (const Value& value : inner.graph->values) {
      if (value.origin != ValueOrigin::captured) continue;
      const auto found = outer.value_by_name.find(value.name);
      if (found != outer.value_by_name.end()) unit.inputs.push_back(touch(caller, found->second));
    }
    for (const ScopeId child : inner.children) add_body(caller, child, unit);
  }

  const ShapedModel& shaped_;
  Lineage lineage_;
  std::vector<std::vector<std::int32_t>> row_of_;    ///< by scope and node: index into Analysis::nodes
  std::vector<std::vector<LineageTensor>> tensors_;  ///< by scope and value
};

}  // namespace

Lineage build_lineage(const Analysis& analysis) { return LineageBuilder(analysis).build(); }

}  // namespace costscan
