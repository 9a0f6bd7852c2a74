// What the elements along an axis of a value are: features of one place, or places (tokens, pixels, steps in time).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "patterns/graph_view.hpp"

namespace costscan {

enum class AxisRole { unknown, features, places };

/// Told by what made the value: products with weights and lookups make features of their last axis, convolutions of
/// the second one, and everything else is followed upwards. Answers are kept, so that many questions together take no
/// longer than the graph is large. The view must outlive it.
class AxisRoles {
 public:
  explicit AxisRoles(const GraphView& view) : view_(view) {}

  /// `axis` counts from the first one; unknown where it is absent or has one element.
  [[nodiscard]] AxisRole role(ValueId value, std::int64_t axis) { return role_at(value, axis, 0); }

 private:
  [[nodiscard]] AxisRole role_at(ValueId value, std::int64_t axis, int depth);
  [[nodiscard]] AxisRole made_role(std::int32_t node, ValueId value, std::int64_t axis, int depth);
  [[nodiscard]] AxisRole product_role(std::int32_t node, ValueId value, std::int64_t axis, int depth);
  [[nodiscard]] AxisRole viewed_role(ValueId from, ValueId value, std::int64_t axis, int depth);
  [[nodiscard]] AxisRole gathered_role(std::int32_t node, std::int64_t axis, int depth);
  [[nodiscard]] AxisRole joined_role(std::int32_t node, std::int64_t axis, int depth);
  [[nodiscard]] AxisRole operand_role(std::int32_t node, ValueId value, std::int64_t axis, int depth);
  /// Of the axis that is `from_last` before the last one.
  [[nodiscard]] AxisRole role_from_last(ValueId value, std::int64_t from_last, int depth);

  const GraphView& view_;
  std::unordered_map<std::int64_t, AxisRole> known_;
};

}  // namespace costscan
