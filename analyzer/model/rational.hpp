// Exact rational numbers of cost formulas and dimension expressions. Every operation reports what it cannot hold
// instead of wrapping.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace costscan {

/// Largest magnitude of a numerator or denominator: 2^62, so that every result has room in int64.
inline constexpr std::int64_t rational_limit = std::int64_t{1} << 62;

/// numerator / denominator, reduced, with denominator > 0. Only `make_rational` and the operations below build
/// fractions.
struct Rational {
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;

  friend bool operator==(const Rational&, const Rational&) = default;
};

/// The reduced fraction; nullopt for a zero denominator or beyond the limit.
[[nodiscard]] std::optional<Rational> make_rational(std::int64_t numerator, std::int64_t denominator = 1) noexcept;

/// The exact value of a double; nullopt where it is not finite or needs more than 62 bits.
[[nodiscard]] std::optional<Rational> rational_from(double value) noexcept;

// Each is nullopt beyond the limit; `divide` also for a zero divisor.
[[nodiscard]] std::optional<Rational> add(Rational a, Rational b) noexcept;
[[nodiscard]] std::optional<Rational> subtract(Rational a, Rational b) noexcept;
[[nodiscard]] std::optional<Rational> multiply(Rational a, Rational b) noexcept;
[[nodiscard]] std::optional<Rational> divide(Rational a, Rational b) noexcept;

[[nodiscard]] Rational negate(Rational a) noexcept;
[[nodiscard]] std::strong_ordering compare(Rational a, Rational b) noexcept;
[[nodiscard]] std::int64_t floor(Rational a) noexcept;
[[nodiscard]] std::int64_t ceil(Rational a) noexcept;
[[nodiscard]] bool is_integer(Rational a) noexcept;

/// "12", "-3/2".
[[nodiscard]] std::string to_string(Rational a);

}  // namespace costscan
