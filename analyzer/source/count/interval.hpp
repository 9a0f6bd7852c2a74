// Integers of the execution: an interval, exact where both ends agree.
#pragma once

#include <cstdint>
#include <optional>

#include "source/program.hpp"

namespace costscan::source::count {

struct Interval {
  std::int64_t lower = 0;
  std::int64_t upper = 0;
  bool known = true;

  [[nodiscard]] bool exact() const noexcept { return known && lower == upper; }
  friend bool operator==(const Interval&, const Interval&) = default;
};

/// nullopt where the result is not known or leaves int64.
[[nodiscard]] std::optional<Interval> unary(Operator op, const Interval& a);
[[nodiscard]] std::optional<Interval> binary(Operator op, const Interval& a, const Interval& b);
[[nodiscard]] Interval hull(const Interval& a, const Interval& b);

}  // namespace costscan::source::count
