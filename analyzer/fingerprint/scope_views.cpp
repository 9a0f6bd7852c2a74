#include "fingerprint/scope_views.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace costscan {
namespace {

/// A view looks at the first scope of a model: the scope alone.
std::shared_ptr<const ShapedModel> alone(const ShapedModel& shaped, const Scope& scope) {
  auto out = std::make_shared<ShapedModel>();
  out->model = shaped.model;
  out->scopes.push_back(scope);
  out->bindings = shaped.bindings;
  return out;
}

}  // namespace

ScopeViews::ScopeViews(const std::shared_ptr<const ShapedModel>& shaped) : shaped_(shaped.get()) {
  views_.emplace_back(shaped, std::vector<std::shared_ptr<const ShapedModel>>{}, false);
  for (std::size_t s = 1; s < shaped->scopes.size(); ++s) {
    views_.emplace_back(alone(*shaped, shaped->scopes[s]), std::vector<std::shared_ptr<const ShapedModel>>{}, false);
  }
}

ScopeId ScopeViews::function_called_by(ScopeId scope, std::int32_t node) const {
  for (const ScopeId child : shaped_->scopes[static_cast<std::size_t>(scope)].children) {
    const Scope& called = shaped_->scopes[static_cast<std::size_t>(child)];
    if (called.kind == ScopeKind::function && called.calling_node == node) return child;
  }
  return -1;
}

std::vector<ScopedUse> ScopeViews::reached(ValueId input,
                                           const std::function<bool(const Node&, std::int32_t slot)>& passes) const {
  constexpr std::size_t most = 200;
  std::vector<ScopedUse> found;
  std::deque<std::pair<ScopeId, ValueId>> todo{{0, input}};
  std::set<std::pair<ScopeId, ValueId>> seen{todo.front()};
  const auto follow = [&](ScopeId scope, ValueId value) {
    if (value != no_value && seen.emplace(scope, value).second) todo.emplace_back(scope, value);
  };
  while (!todo.empty() && found.size() < most && seen.size() < 4 * most) {
    const auto [scope, value] = todo.front();
    todo.pop_front();
    for (const ValueUse& use : view(scope).uses(value)) {
      if (use.slot < 0) continue;
      const Node& node = view(scope).node(use.node);
      if (const ScopeId called = function_called_by(scope, use.node); called >= 0) {
        const auto& formal = view(called).graph().inputs;
        if (const auto slot = static_cast<std::size_t>(use.slot); slot < formal.size()) follow(called, formal[slot]);
        continue;
      }
      if (!passes(node, use.slot)) {
        found.push_back({scope, use.node, use.slot});
        continue;
      }
      for (const ValueId output : node.outputs) follow(scope, output);
    }
  }
  return found;
}

bool carries_elements(const Node& node, std::int32_t slot) {
  static constexpr auto first_slot = std::to_array<std::string_view>(
      {"Cast", "CastLike", "Clip", "DequantizeLinear", "Dropout", "Expand", "Flatten", "Identity", "Pad",
       "QuantizeLinear", "Reshape", "Slice", "Split", "Squeeze", "Tile", "Transpose", "Unsqueeze"});
  if (node.op_type == "Where") return slot > 0;
  if (node.op_type == "Concat" || node.op_type == "Min" || node.op_type == "Max") return true;
  return slot == 0 && std::ranges::find(first_slot, node.op_type) != first_slot.end();
}

}  // namespace costscan
