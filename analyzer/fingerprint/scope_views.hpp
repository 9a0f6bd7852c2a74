// Every graph instance of a model as a view of its own, and where a value's contents go.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "patterns/graph_view.hpp"

namespace costscan {

/// A reader of a value in one of the scopes.
struct ScopedUse {
  ScopeId scope = 0;
  std::int32_t node = -1;
  std::int32_t slot = -1;
};

class ScopeViews {
 public:
  explicit ScopeViews(const std::shared_ptr<const ShapedModel>& shaped);

  [[nodiscard]] const GraphView& main() const { return views_.front(); }
  [[nodiscard]] const GraphView& view(ScopeId scope) const { return views_[static_cast<std::size_t>(scope)]; }
  [[nodiscard]] const std::deque<GraphView>& all() const noexcept { return views_; }
  [[nodiscard]] const Node& node(const ScopedUse& use) const { return view(use.scope).node(use.node); }

  /// Readers reached from an input of the main graph when every use that `passes` is followed to that node's outputs,
  /// into called functions too. Nearest first; some hundred at most, a role shows early.
  [[nodiscard]] std::vector<ScopedUse> reached(ValueId input,
                                               const std::function<bool(const Node&, std::int32_t slot)>& passes) const;

 private:
  [[nodiscard]] ScopeId function_called_by(ScopeId scope, std::int32_t node) const;

  const ShapedModel* shaped_;
  std::deque<GraphView> views_;
};

/// Operators through which elements keep their meaning: casts, views, copies, stretches.
[[nodiscard]] bool carries_elements(const Node& node, std::int32_t slot);

}  // namespace costscan
