// Exact fractions of int64, for dimension expressions.
#pragma once

#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>

namespace costscan::dim_math {

/// Always in lowest terms with a positive denominator.
struct Rational {
  std::int64_t num = 0;
  std::int64_t den = 1;

  friend bool operator==(const Rational&, const Rational&) = default;
};

using MaybeRational = std::optional<Rational>;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
using Wide = __int128;
#pragma GCC diagnostic pop

/// num / den in lowest terms; nullopt for a zero denominator or a term that leaves int64.
[[nodiscard]] constexpr MaybeRational make_rational(Wide num, Wide den) noexcept {
  if (den == 0) return std::nullopt;
  if (den < 0) {
    num = -num;
    den = -den;
  }
  Wide a = num < 0 ? -num : num;
  Wide b = den;
  while (b != 0) {
    const Wide rest = a % b;
    a = b;
    b = rest;
  }
  if (a > 1) {
    num /= a;
    den /= a;
  }
  constexpr Wide limit = std::numeric_limits<std::int64_t>::max();
  if (num > limit || num < -limit || den > limit) return std::nullopt;
  return Rational{static_cast<std::int64_t>(num), static_cast<std::int64_t>(den)};
}

[[nodiscard]] constexpr MaybeRational add(Rational a, Rational b) noexcept {
  // Same denominators first: the cross product of large ones could leave 128 bits.
  if (a.den == b.den) return make_rational(Wide{a.num} + b.num, a.den);
  const std::int64_t common = std::gcd(a.den, b.den);
  return make_rational(Wide{a.num} * (b.den / common) + Wide{b.num} * (a.den / common), Wide{a.den / common} * b.den);
}
[[nodiscard]] constexpr Rational negate(Rational a) noexcept { return {-a.num, a.den}; }
[[nodiscard]] constexpr MaybeRational multiply(Rational a, Rational b) noexcept {
  return make_rational(Wide{a.num} * b.num, Wide{a.den} * b.den);
}
[[nodiscard]] constexpr MaybeRational divide(Rational a, Rational b) noexcept {
  return make_rational(Wide{a.num} * b.den, Wide{a.den} * b.num);
}
[[nodiscard]] constexpr bool less(Rational a, Rational b) noexcept { return Wide{a.num} * b.den < Wide{b.num} * a.den; }
[[nodiscard]] constexpr std::int64_t floor_of(Rational a) noexcept {
  const std::int64_t quotient = a.num / a.den;
  return (a.num % a.den != 0 && a.num < 0) ? quotient - 1 : quotient;
}
[[nodiscard]] constexpr std::int64_t ceil_of(Rational a) noexcept {
  const std::int64_t quotient = a.num / a.den;
  return (a.num % a.den != 0 && a.num > 0) ? quotient + 1 : quotient;
}

}  // namespace costscan::dim_math
