#include "source/count/interval.hpp"

#include <algorithm>
#include <array>

#include "model/checked_math.hpp"

namespace costscan::source::count {
namespace {

std::optional<Interval> made(std::optional<std::int64_t> lower, std::optional<std::int64_t> upper) {
  if (!lower || !upper) return std::nullopt;
  return Interval{*lower, *upper, true};
}

std::optional<Interval> product(const Interval& a, const Interval& b) {
  const std::array ends{checked_mul(a.lower, b.lower), checked_mul(a.lower, b.upper), checked_mul(a.upper, b.lower),
                        checked_mul(a.upper, b.upper)};
  if (!std::all_of(ends.begin(), ends.end(), [](const auto& end) { return end.has_value(); })) return std::nullopt;
  const auto [least, most] = std::minmax_element(ends.begin(), ends.end());
  return made(*least, *most);
}

std::optional<Interval> quotient(const Interval& a, const Interval& b) {
  if (!b.exact() || b.lower == 0 || (b.lower == -1 && a.lower == INT64_MIN)) return std::nullopt;
  const std::int64_t x = a.lower / b.lower;
  const std::int64_t y = a.upper / b.lower;
  return Interval{std::min(x, y), std::max(x, y), true};
}

std::optional<Interval> remainder(const Interval& a, const Interval& b) {
  if (!b.exact() || b.lower == 0 || b.lower == -1)
    return b.exact() && b.lower == -1 ? std::optional(Interval{}) : std::nullopt;
  if (a.exact()) return made(a.lower % b.lower, a.lower % b.lower);
  if (a.lower >= 0 && b.lower > 0) return made(0, std::min(a.upper, b.lower - 1));
  return std::nullopt;
}

std::optional<Interval> of_bits(Operator op, const Interval& a, const Interval& b) {
  if (!a.exact() || !b.exact()) return std::nullopt;
  const std::int64_t x = a.lower;
  const std::int64_t y = b.lower;
  constexpr std::int64_t widest = 62;
  switch (op) {
    case Operator::shift_left:
      if (y < 0 || y > widest) return std::nullopt;
      return product(a, Interval{std::int64_t{1} << y, std::int64_t{1} << y, true});
    case Operator::shift_right: return y < 0 || y > widest ? std::nullopt : made(x >> y, x >> y);
    case Operator::bit_and: return made(x & y, x & y);
    case Operator::bit_or: return made(x | y, x | y);
    case Operator::bit_xor: return made(x ^ y, x ^ y);
    default: return std::nullopt;
  }
}

Interval truth(bool certainly, bool possibly) { return {certainly ? 1 : 0, possibly ? 1 : 0, true}; }

}  // namespace

std::optional<Interval> unary(Operator op, const Interval& a) {
  if (!a.known) return std::nullopt;
  switch (op) {
    case Operator::negate: return a.lower == INT64_MIN ? std::nullopt : made(-a.upper, -a.lower);
    case Operator::bit_not: return made(~a.upper, ~a.lower);
    case Operator::logical_not: return truth(a.lower == 0 && a.upper == 0, a.lower <= 0 && a.upper >= 0);
    default: return std::nullopt;
  }
}

std::optional<Interval> binary(Operator op, const Interval& a, const Interval& b) {
  if (!a.known || !b.known) return std::nullopt;
  switch (op) {
    case Operator::add: return made(checked_add(a.lower, b.lower), checked_add(a.upper, b.upper));
    case Operator::subtract: {
      std::int64_t low = 0;
      std::int64_t high = 0;
      if (__builtin_sub_overflow(a.lower, b.upper, &low) || __builtin_sub_overflow(a.upper, b.lower, &high)) {
        return std::nullopt;
      }
      return Interval{low, high, true};
    }
    case Operator::multiply: return product(a, b);
    case Operator::divide: return quotient(a, b);
    case Operator::remainder: return remainder(a, b);
    case Operator::less: return truth(a.upper < b.lower, a.lower < b.upper);
    case Operator::less_equal: return truth(a.upper <= b.lower, a.lower <= b.upper);
    case Operator::greater: return truth(a.lower > b.upper, a.upper > b.lower);
    case Operator::greater_equal: return truth(a.lower >= b.upper, a.upper >= b.lower);
    case Operator::equal: return truth(a.exact() && a == b, a.lower <= b.upper && b.lower <= a.upper);
    case Operator::not_equal: return truth(a.upper < b.lower || b.upper < a.lower, !(a.exact() && a == b));
    default: return of_bits(op, a, b);
  }
}

Interval hull(const Interval& a, const Interval& b) {
  if (!a.known || !b.known) return {0, 0, false};
  return {std::min(a.lower, b.lower), std::max(a.upper, b.upper), true};
}

}  // namespace costscan::source::count
