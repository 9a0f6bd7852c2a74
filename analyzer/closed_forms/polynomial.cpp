#include "closed_forms/polynomial.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <tuple>
#include <utility>

namespace costscan::closed_forms {
namespace {

std::optional<Wide> sum_of(Wide a, Wide b) noexcept {
  Wide out = 0;
  return __builtin_add_overflow(a, b, &out) ? std::nullopt : std::optional(out);
}

std::optional<Wide> product_of(Wide a, Wide b) noexcept {
  Wide out = 0;
  return __builtin_mul_overflow(a, b, &out) ? std::nullopt : std::optional(out);
}

Wide greatest_common_divisor(Wide a, Wide b) noexcept {
  a = a < 0 ? -a : a;
  b = b < 0 ? -b : b;
  while (b != 0) a = std::exchange(b, a % b);
  return a;
}

WideRational reduced(Wide numerator, Wide denominator) noexcept {
  const Wide sign = denominator < 0 ? -1 : 1;
  const Wide divisor = sign * std::max<Wide>(greatest_common_divisor(numerator, denominator), 1);
  return {numerator / divisor, denominator / divisor};
}

/// Reduces crosswise first, so that only results that truly need more than 127 bits are lost.
std::optional<WideRational> product_of(WideRational a, WideRational b) noexcept {
  const WideRational left = reduced(a.numerator, b.denominator);
  const WideRational right = reduced(b.numerator, a.denominator);
  const auto numerator = product_of(left.numerator, right.numerator);
  const auto denominator = product_of(left.denominator, right.denominator);
  if (!numerator || !denominator) return std::nullopt;
  return WideRational{*numerator, *denominator};
}

std::optional<WideRational> sum_of(WideRational a, WideRational b) noexcept {
  const Wide common = greatest_common_divisor(a.denominator, b.denominator);
  const auto left = product_of(a.numerator, b.denominator / common);
  const auto right = product_of(b.numerator, a.denominator / common);
  const auto numerator = left && right ? sum_of(*left, *right) : std::nullopt;
  const auto denominator = product_of(a.denominator, b.denominator / common);
  if (!numerator || !denominator) return std::nullopt;
  return reduced(*numerator, *denominator);
}

/// t (t-1) ... (t-k+1) / k!, also for negative t. Each partial product is a binomial coefficient itself, so divides.
std::optional<Wide> binomial(std::int64_t t, std::int32_t k) noexcept {
  Wide out = 1;
  for (std::int32_t j = 0; j < k; ++j) {
    const auto next = product_of(out, static_cast<Wide>(t) - j);
    if (!next) return std::nullopt;
    out = *next / (j + 1);
  }
  return out;
}

/// The coefficients of binomial((x - origin) / step, k) by powers of x.
std::optional<std::vector<WideRational>> binomial_powers(const GridAxis& axis, std::int32_t k) {
  std::vector<WideRational> powers{{1, 1}};
  for (std::int32_t j = 0; j < k; ++j) {
    // times (x - (origin + step*j)) / (step*(j + 1))
    const auto root = sum_of(axis.origin, static_cast<Wide>(axis.step) * j);
    const WideRational slope = reduced(1, static_cast<Wide>(axis.step) * (j + 1));
    if (!root) return std::nullopt;
    std::vector<WideRational> next(powers.size() + 1);
    for (std::size_t i = 0; i < powers.size(); ++i) {
      const auto scaled = product_of(powers[i], slope);
      const auto shifted = scaled ? product_of(*scaled, WideRational{-*root, 1}) : std::nullopt;
      const auto low = shifted ? sum_of(next[i], *shifted) : std::nullopt;
      const auto high = scaled ? sum_of(next[i + 1], *scaled) : std::nullopt;
      if (!low || !high) return std::nullopt;
      next[i] = *low;
      next[i + 1] = *high;
    }
    powers = std::move(next);
  }
  return powers;
}

std::string digits(Wide value) {
  if (value == 0) return "0";
  std::string out;
  for (Wide rest = value < 0 ? -value : value; rest != 0; rest /= 10) {
    out += static_cast<char>('0' + static_cast<int>(rest % 10));
  }
  if (value < 0) out += '-';
  std::ranges::reverse(out);
  return out;
}

std::string written_name(const std::string& name) {
  const auto part_of_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  const bool identifier = !name.empty() && std::ranges::all_of(name, part_of_word) &&
                          std::isdigit(static_cast<unsigned char>(name.front())) == 0;
  return identifier ? name : "`" + name + "`";
}

/// Without its sign.
std::string term_text(const Exponents& exponents, WideRational coefficient, const std::vector<std::string>& names) {
  std::string out;
  const Wide numerator = coefficient.numerator < 0 ? -coefficient.numerator : coefficient.numerator;
  if (numerator != 1 || coefficient.denominator != 1) out = digits(numerator);
  if (coefficient.denominator != 1) out += "/" + digits(coefficient.denominator);
  for (std::size_t i = 0; i < exponents.size(); ++i) {
    for (std::int32_t e = 0; e < exponents[i]; ++e) out += (out.empty() ? "" : "*") + written_name(names[i]);
  }
  return out.empty() ? "1" : out;
}

}  // namespace

std::optional<Wide> value_at(const NewtonForm& form, const std::vector<std::int64_t>& t) {
  Wide total = 0;
  for (const auto& [exponents, coefficient] : form.coefficients) {
    std::optional<Wide> term = coefficient;
    for (std::size_t i = 0; i < exponents.size() && term; ++i) {
      const auto factor = binomial(t[i], exponents[i]);
      term = factor ? product_of(*term, *factor) : std::nullopt;
    }
    const auto sum = term ? sum_of(total, *term) : std::nullopt;
    if (!sum) return std::nullopt;
    total = *sum;
  }
  return total;
}

std::optional<Polynomial> expand(const NewtonForm& form) {
  Polynomial out;
  for (const auto& [exponents, coefficient] : form.coefficients) {
    Polynomial term{{Exponents(exponents.size(), 0), WideRational{coefficient, 1}}};
    for (std::size_t i = 0; i < exponents.size(); ++i) {
      const auto powers = binomial_powers(form.axes[i], exponents[i]);
      if (!powers) return std::nullopt;
      Polynomial next;
      for (const auto& [factors, factor] : term) {
        for (std::size_t power = 0; power < powers->size(); ++power) {
          const auto product = product_of(factor, (*powers)[power]);
          if (!product) return std::nullopt;
          Exponents raised = factors;
          raised[i] = static_cast<std::int32_t>(power);
          if (product->numerator != 0) next.emplace(std::move(raised), *product);
        }
      }
      term = std::move(next);
    }
    for (const auto& [factors, factor] : term) {
      const auto sum = sum_of(out[factors], factor);
      if (!sum) return std::nullopt;
      out[factors] = *sum;
    }
  }
  std::erase_if(out, [](const auto& term) { return term.second.numerator == 0; });
  return out;
}

std::optional<WideRational> value_at(const Polynomial& polynomial, const std::vector<std::int64_t>& point) {
  WideRational total;
  for (const auto& [exponents, coefficient] : polynomial) {
    std::optional<WideRational> term = coefficient;
    for (std::size_t i = 0; i < exponents.size(); ++i) {
      for (std::int32_t e = 0; e < exponents[i] && term; ++e) term = product_of(*term, WideRational{point[i], 1});
    }
    const auto sum = term ? sum_of(total, *term) : std::nullopt;
    if (!sum) return std::nullopt;
    total = *sum;
  }
  return total;
}

std::string to_text(const Polynomial& polynomial, const std::vector<std::string>& names) {
  std::vector<std::pair<Exponents, WideRational>> terms(polynomial.begin(), polynomial.end());
  std::ranges::sort(terms, std::greater<>{}, [](const auto& term) {
    return std::tuple(std::accumulate(term.first.begin(), term.first.end(), 0), term.first);
  });
  std::string out;
  for (const auto& [exponents, coefficient] : terms) {
    const bool negative = coefficient.numerator < 0;
    if (out.empty()) {
      out += negative ? "-" : "";
    } else {
      out += negative ? " - " : " + ";
    }
    out += term_text(exponents, coefficient, names);
  }
  return out.empty() ? "0" : out;
}

}  // namespace costscan::closed_forms
