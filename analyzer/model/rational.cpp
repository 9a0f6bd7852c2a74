#include "model/rational.hpp"

#include <cmath>
#include <numeric>

namespace costscan {
namespace {

// Operands stay within 2^62, so that their products and the sums of two products fit 128 bits.
__extension__ using Wide = __int128;

Wide magnitude(Wide value) noexcept { return value < 0 ? -value : value; }

Wide greatest_common_divisor(Wide a, Wide b) noexcept {
  while (b != 0) {
    const Wide rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

std::optional<Rational> reduced(Wide numerator, Wide denominator) noexcept {
  if (denominator == 0) return std::nullopt;
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  if (denominator != 1) {
    const Wide divisor = greatest_common_divisor(magnitude(numerator), denominator);
    numerator /= divisor;
    denominator /= divisor;
  }
  if (magnitude(numerator) > rational_limit || denominator > rational_limit) return std::nullopt;
  return Rational{static_cast<std::int64_t>(numerator), static_cast<std::int64_t>(denominator)};
}

}  // namespace

std::optional<Rational> make_rational(std::int64_t numerator, std::int64_t denominator) noexcept {
  return reduced(numerator, denominator);
}

std::optional<Rational> rational_from(double value) noexcept {
  if (!std::isfinite(value)) return std::nullopt;
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);  // value = fraction * 2^exponent, |fraction| in [1/2, 1)
  constexpr int mantissa_bits = 53;
  auto mantissa = static_cast<std::int64_t>(std::ldexp(fraction, mantissa_bits));
  exponent -= mantissa_bits;
  while (mantissa != 0 && mantissa % 2 == 0) {
    mantissa /= 2;
    ++exponent;
  }
  if (mantissa == 0) return Rational{};
  if (exponent > 62 || exponent < -62) return std::nullopt;
  if (exponent >= 0) return multiply(Rational{mantissa, 1}, Rational{std::int64_t{1} << exponent, 1});
  return make_rational(mantissa, std::int64_t{1} << -exponent);
}

std::optional<Rational> add(Rational a, Rational b) noexcept {
  return reduced(static_cast<Wide>(a.numerator) * b.denominator + static_cast<Wide>(b.numerator) * a.denominator,
                 static_cast<Wide>(a.denominator) * b.denominator);
}

std::optional<Rational> subtract(Rational a, Rational b) noexcept { return add(a, negate(b)); }

std::optional<Rational> multiply(Rational a, Rational b) noexcept {
  return reduced(static_cast<Wide>(a.numerator) * b.numerator, static_cast<Wide>(a.denominator) * b.denominator);
}

std::optional<Rational> divide(Rational a, Rational b) noexcept {
  return reduced(static_cast<Wide>(a.numerator) * b.denominator, static_cast<Wide>(a.denominator) * b.numerator);
}

Rational negate(Rational a) noexcept { return {-a.numerator, a.denominator}; }

std::strong_ordering compare(Rational a, Rational b) noexcept {
  const Wide left = static_cast<Wide>(a.numerator) * b.denominator;
  const Wide right = static_cast<Wide>(b.numerator) * a.denominator;
  if (left == right) return std::strong_ordering::equal;
  return left < right ? std::strong_ordering::less : std::strong_ordering::greater;
}

std::int64_t floor(Rational a) noexcept {
  const std::int64_t quotient = a.numerator / a.denominator;
  return quotient - (a.numerator % a.denominator < 0 ? 1 : 0);
}

std::int64_t ceil(Rational a) noexcept {
  const std::int64_t quotient = a.numerator / a.denominator;
  return quotient + (a.numerator % a.denominator > 0 ? 1 : 0);
}

bool is_integer(Rational a) noexcept { return a.denominator == 1; }

std::string to_string(Rational a) {
  std::string text = std::to_string(a.numerator);
  if (a.denominator != 1) text += "/" + std::to_string(a.denominator);
  return text;
}

}  // namespace costscan
