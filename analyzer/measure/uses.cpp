#include "measure/uses.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>

namespace costscan {
namespace {

constexpr std::size_t most_reached = 256;

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

}  // namespace

bool is_runtime_op(const Node& node, std::string_view op_type) noexcept {
  return node.op_type == op_type && (node.domain.empty() || node.domain.starts_with("com.microsoft"));
}

UseIndex::UseIndex(const ShapedModel& shaped) : shaped_(&shaped) {
  for (const Scope& scope : shaped.scopes) {
    uses_.emplace_back(scope.graph->values.size());
    names_.emplace_back(scope.graph->values.size());
  }
  for (std::size_t scope = 0; scope < shaped.scopes.size(); ++scope) {
    index_scope(static_cast<ScopeId>(scope));
    link_scope(static_cast<ScopeId>(scope));
  }
}

void UseIndex::index_scope(ScopeId scope) {
  const Graph& graph = *shaped_->scopes[at(scope)].graph;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
      if (node.inputs[slot] == no_value) continue;
      uses_[at(scope)][at(node.inputs[slot])].push_back(
          {scope, static_cast<std::int32_t>(n), static_cast<std::int32_t>(slot)});
    }
  }
}

void UseIndex::link(ScopedValue outer, ScopedValue inner) {
  if (outer.value == no_value || inner.value == no_value) return;
  names_[at(outer.scope)][at(outer.value)].push_back(inner);
}

/// Joins a called scope's parameters and captured names to the caller's values.
void UseIndex::link_scope(ScopeId id) {
  const Scope& scope = shaped_->scopes[at(id)];
  if (scope.parent < 0) return;
  const Graph& outer = *shaped_->scopes[at(scope.parent)].graph;
  const Graph& inner = *scope.graph;
  const Node& caller = outer.nodes[at(scope.calling_node)];
  // Loop hands its inputs from the third on, Scan and functions all of theirs; Loop's own first two are counter and
  // condition.
  if (scope.kind == ScopeKind::function || scope.kind == ScopeKind::loop_body || scope.kind == ScopeKind::scan_body) {
    const std::size_t first = scope.kind == ScopeKind::loop_body ? 2 : 0;
    for (std::size_t i = first; i < std::min(caller.inputs.size(), inner.inputs.size()); ++i) {
      link({scope.parent, caller.inputs[i]}, {id, inner.inputs[i]});
    }
  }
  if (scope.kind == ScopeKind::function) return;  // functions capture nothing
  for (std::size_t v = 0; v < inner.values.size(); ++v) {
    if (inner.values[v].origin != ValueOrigin::captured) continue;
    // The defining graph may be several levels up.
    for (ScopeId up = scope.parent; up >= 0; up = shaped_->scopes[at(up)].parent) {
      const auto& by_name = shaped_->scopes[at(up)].graph->value_by_name;
      const auto found = by_name.find(inner.values[v].name);
      if (found == by_name.end()) continue;
      if (shaped_->scopes[at(up)].graph->values[at(found->second)].origin == ValueOrigin::captured) continue;
      link({up, found->second}, {id, static_cast<ValueId>(v)});
      break;
    }
  }
}

std::vector<Use> UseIndex::direct(ScopedValue value) const {
  std::vector<Use> out;
  std::deque<ScopedValue> todo{value};
  while (!todo.empty() && out.size() < most_reached) {
    const ScopedValue next = todo.front();
    todo.pop_front();
    const auto& uses = uses_[at(next.scope)][at(next.value)];
    out.insert(out.end(), uses.begin(), uses.end());
    const auto& names = names_[at(next.scope)][at(next.value)];
    todo.insert(todo.end(), names.begin(), names.end());
  }
  return out;
}

std::vector<Use> UseIndex::reached(ScopedValue value,
                                   const std::function<bool(const Use&, const Node&)>& passes) const {
  std::vector<Use> out;
  std::vector<ScopedValue> seen{value};
  for (std::size_t next = 0; next < seen.size() && next < most_reached && out.size() < most_reached; ++next) {
    for (const Use& use : direct(seen[next])) {
      const Node& reader = node(use);
      if (!passes(use, reader)) {
        out.push_back(use);
        continue;
      }
      for (const ValueId output : reader.outputs) {
        const ScopedValue produced{use.scope, output};
        if (output != no_value && std::ranges::find(seen, produced) == seen.end()) seen.push_back(produced);
      }
    }
  }
  return out;
}

const Node& UseIndex::node(const Use& use) const { return shaped_->scopes[at(use.scope)].graph->nodes[at(use.node)]; }

ScopedValue UseIndex::input(const Use& use, std::size_t slot) const {
  const Node& reader = node(use);
  return {use.scope, slot < reader.inputs.size() ? reader.inputs[slot] : no_value};
}

const Shape* UseIndex::input_shape(const Use& use, std::size_t slot) const {
  const ScopedValue value = input(use, slot);
  if (value.value == no_value) return nullptr;
  const Scope& scope = shaped_->scopes[at(use.scope)];
  if (at(value.value) >= scope.tensors.size()) return nullptr;
  const TensorInfo& info = scope.tensors[at(value.value)];
  return info.shape ? &*info.shape : nullptr;
}

}  // namespace costscan
