#include "source/count/poly.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace costscan::source::count {
namespace {

void add_term(Poly& into, const Monomial& monomial, Rational coefficient) {
  const auto [it, fresh] = into.terms.try_emplace(monomial, coefficient);
  if (fresh) {
    if (coefficient.numerator == 0) into.terms.erase(it);
    return;
  }
  const auto sum = costscan::add(it->second, coefficient);
  if (!sum) {
    into.overflow = true;
  } else if (sum->numerator == 0) {
    into.terms.erase(it);
  } else {
    it->second = *sum;
  }
}

Monomial product(const Monomial& a, const Monomial& b) {
  Monomial out;
  out.reserve(a.size() + b.size());
  auto x = a.begin();
  auto y = b.begin();
  while (x != a.end() || y != b.end()) {
    if (y == b.end() || (x != a.end() && x->atom < y->atom)) {
      out.push_back(*x++);
    } else if (x == a.end() || y->atom < x->atom) {
      out.push_back(*y++);
    } else {
      out.push_back({x->atom, x->atom < 0 ? 1 : x->exponent + y->exponent});
      ++x;
      ++y;
    }
  }
  return out;
}

}  // namespace

Poly& operator+=(Poly& a, const Poly& b) {
  a.overflow |= b.overflow;
  for (const auto& [monomial, coefficient] : b.terms) add_term(a, monomial, coefficient);
  return a;
}

Poly operator+(const Poly& a, const Poly& b) {
  Poly out = a;
  out += b;
  return out;
}

Poly operator-(const Poly& a) {
  Poly out = a;
  for (auto& [monomial, coefficient] : out.terms) coefficient = costscan::negate(coefficient);
  return out;
}

Poly operator-(const Poly& a, const Poly& b) {
  Poly out = a;
  out += -b;
  return out;
}

Poly operator*(const Poly& a, const Poly& b) {
  Poly out;
  out.overflow = a.overflow || b.overflow;
  for (const auto& [left, x] : a.terms) {
    for (const auto& [right, y] : b.terms) {
      const auto coefficient = costscan::multiply(x, y);
      if (!coefficient) {
        out.overflow = true;
        return out;
      }
      add_term(out, product(left, right), *coefficient);
    }
  }
  return out;
}

Poly scaled(const Poly& a, Rational factor) {
  Poly f;
  if (factor.numerator != 0) f.terms[{}] = factor;
  return a * f;
}

Poly power(const Poly& a, int exponent) {
  Poly out = 1;
  for (int i = 0; i < exponent; ++i) out = out * a;
  return out;
}

std::optional<Rational> constant_value(const Poly& a) {
  if (a.overflow) return std::nullopt;
  if (a.terms.empty()) return Rational{};
  if (a.terms.size() == 1 && a.terms.begin()->first.empty()) return a.terms.begin()->second;
  return std::nullopt;
}

std::optional<std::int64_t> integer_value(const Poly& a) {
  const auto value = constant_value(a);
  if (!value || !is_integer(*value)) return std::nullopt;
  return value->numerator;
}

Poly primitive(const Poly& p) {
  std::int64_t divisor = 0;
  std::int64_t multiple = 1;
  for (const auto& [monomial, coefficient] : p.terms) {
    divisor = std::gcd(divisor, coefficient.numerator);
    multiple = std::lcm(multiple, coefficient.denominator);
  }
  return divisor == 0 ? p : scaled(p, Rational{multiple, divisor});
}

std::optional<Linear> linear_in(const Algebra& algebra, const Poly& p, AtomId var) {
  Linear out;
  for (const auto& [monomial, coefficient] : p.terms) {
    Poly term;
    const auto at = std::find_if(monomial.begin(), monomial.end(), [&](const Power& f) { return f.atom == var; });
    if (at == monomial.end()) {
      term.terms[monomial] = coefficient;
      out.rest += term;
      continue;
    }
    if (at->exponent != 1) return std::nullopt;
    Monomial others = monomial;
    others.erase(others.begin() + (at - monomial.begin()));
    term.terms[others] = coefficient;
    out.slope += term;
  }
  if (algebra.depends(out.slope, var) || algebra.depends(out.rest, var)) return std::nullopt;
  out.slope.overflow = out.rest.overflow = p.overflow;
  return out;
}

std::optional<Poly> power_sum(int exponent, const Poly& count) {
  constexpr int largest = 20;
  if (exponent < 0 || exponent > largest) return std::nullopt;
  // (k+1) S_k(n) = n^(k+1) - sum over j < k of C(k+1, j) S_j(n).
  std::vector<Poly> sums;
  Poly highest = count;
  for (int k = 0; k <= exponent; ++k) {
    Poly total = highest;
    std::int64_t binomial = 1;
    for (int j = 0; j < k; ++j) {
      total += scaled(sums[static_cast<std::size_t>(j)], Rational{-binomial, 1});
      binomial = binomial * (k + 1 - j) / (j + 1);
    }
    sums.push_back(scaled(total, Rational{1, k + 1}));
    highest = highest * count;
  }
  return sums.back();
}

}  // namespace costscan::source::count
