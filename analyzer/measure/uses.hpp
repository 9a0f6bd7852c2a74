// Where a tensor's contents go: through subgraphs, function calls and ops that only move or convert them.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "model/shaped_model.hpp"

namespace costscan {

/// A value of one scope of a ShapedModel.
struct ScopedValue {
  ScopeId scope = 0;
  ValueId value = no_value;

  friend bool operator==(const ScopedValue&, const ScopedValue&) = default;
};

/// Input `slot` of node `node` of a scope.
struct Use {
  ScopeId scope = 0;
  std::int32_t node = -1;
  std::int32_t slot = -1;
};

/// The readers of every value of every scope, found once for the whole model.
class UseIndex {
 public:
  explicit UseIndex(const ShapedModel& shaped);

  /// Readers of this value in its own scope and, under its other names, in the scopes called from there.
  [[nodiscard]] std::vector<Use> direct(ScopedValue value) const;

  /// Readers reached when every use that `passes` is followed to that node's outputs; the ones passed are not listed.
  /// Nearest first. At most some hundred: a role shows early.
  [[nodiscard]] std::vector<Use> reached(ScopedValue value,
                                         const std::function<bool(const Use&, const Node&)>& passes) const;

  [[nodiscard]] const Node& node(const Use& use) const;
  [[nodiscard]] ScopedValue input(const Use& use, std::size_t slot) const;
  /// Concrete shape of an input of the using node; nullptr where it is omitted or unknown.
  [[nodiscard]] const Shape* input_shape(const Use& use, std::size_t slot) const;
  [[nodiscard]] const ShapedModel& shaped() const noexcept { return *shaped_; }

 private:
  void index_scope(ScopeId scope);
  void link_scope(ScopeId scope);
  void link(ScopedValue outer, ScopedValue inner);

  const ShapedModel* shaped_;
  std::vector<std::vector<std::vector<Use>>> uses_;           ///< [scope][value]
  std::vector<std::vector<std::vector<ScopedValue>>> names_;  ///< [scope][value] → the same tensor in called scopes
};

/// True for the op of that type in ONNX's own domain or one of ONNX Runtime's.
[[nodiscard]] bool is_runtime_op(const Node& node, std::string_view op_type) noexcept;

}  // namespace costscan
