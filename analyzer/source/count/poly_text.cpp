// Polynomials as text, in the notation of the cost formulas, and what they are made of.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "source/count/poly.hpp"

namespace costscan::source::count {
namespace {

int degree(const Monomial& monomial) {
  int total = 0;
  for (const Power& f : monomial) total += f.atom < 0 ? 0 : f.exponent;
  return total;
}

void collect(const Algebra& algebra, const Poly& p, AtomKind kind, std::set<std::string>& into) {
  for (const auto& [monomial, coefficient] : p.terms) {
    for (const Power& f : monomial) {
      const Atom& atom = algebra.atom(f.atom);
      if (atom.kind == kind) into.insert(atom.name);
      for (const Poly* part : {&atom.a, &atom.b, &atom.c}) collect(algebra, *part, kind, into);
    }
  }
}

/// The condition `p >= 0` with the negative terms brought to the right: "j <= n - 1" prints as "n - 1 >= j".
std::string comparison(const Algebra& algebra, const Poly& p, std::string_view sign) {
  Poly left;
  Poly right;
  for (const auto& [monomial, coefficient] : p.terms) {
    Poly term;
    term.terms[monomial] = coefficient;
    const bool constant = monomial.empty();
    if (coefficient.numerator > 0 && !constant) {
      left += term;
    } else {
      right += -term;
    }
  }
  if (left.terms.empty()) {  // only negative terms: "n <= 3"
    Poly constant;
    if (const auto at = p.terms.find({}); at != p.terms.end()) constant.terms[{}] = at->second;
    return fmt::format("{} {} {}", algebra.text(constant - p), sign == ">=" ? "<=" : sign, algebra.text(constant));
  }
  return fmt::format("{} {} {}", algebra.text(left), sign, algebra.text(right));
}

}  // namespace

std::string Algebra::atom_text(AtomId id) const {
  const Atom& atom = this->atom(id);
  switch (atom.kind) {
    case AtomKind::symbol:
    case AtomKind::loop: return atom.name;
    case AtomKind::floor_quotient: {
      const auto divisor = integer_value(atom.b);
      const Poly before = atom.a - atom.b + Poly(1);  // floor((p + d - 1) / d) = ceil(p / d)
      const bool up = divisor && !before.terms.contains({});
      return up ? fmt::format("ceil_div({}, {})", text(before), text(atom.b))
                : fmt::format("floor_div({}, {})", text(atom.a), text(atom.b));
    }
    case AtomKind::minimum: return fmt::format("min({}, {})", text(atom.a), text(atom.b));
    case AtomKind::floor_log:
      return atom.base == 2 ? fmt::format("floor_log2({})", text(atom.a))
                            : fmt::format("floor_log({}, {})", atom.base, text(atom.a));
    case AtomKind::power_of: return fmt::format("{}^({})", atom.base, text(atom.a));
    case AtomKind::at_least_zero: return fmt::format("[{}]", comparison(*this, atom.a, ">="));
    case AtomKind::equals_zero: return fmt::format("[{}]", comparison(*this, atom.a, "=="));
    case AtomKind::sum:
      return fmt::format("sum({} = {} .. {}: {})", atom_text(atom.var), text(atom.a), text(atom.b), text(atom.c));
    case AtomKind::opaque: return "unknown";
  }
  return "?";
}

std::string Algebra::monomial_text(const Monomial& monomial) const {
  std::vector<std::pair<AtomId, int>> factors;
  for (const Power& f : monomial) factors.emplace_back(f.atom, f.exponent);
  // Conditions last; symbols in the order in which the function names them.
  std::sort(factors.begin(), factors.end(), [](const auto& x, const auto& y) {
    return std::pair(x.first < 0, std::abs(x.first)) < std::pair(y.first < 0, std::abs(y.first));
  });
  std::string out;
  for (const auto& [id, exponent] : factors) {
    for (int i = 0; i < exponent; ++i) {
      if (!out.empty()) out += '*';
      out += atom_text(id);
    }
  }
  return out;
}

std::string Algebra::text(const Poly& p) const {
  if (p.overflow) return "overflow";
  if (p.terms.empty()) return "0";
  std::vector<std::pair<std::string, std::pair<int, Rational>>> terms;
  for (const auto& [monomial, coefficient] : p.terms) {
    terms.emplace_back(monomial_text(monomial), std::pair(degree(monomial), coefficient));
  }
  std::sort(terms.begin(), terms.end(), [](const auto& x, const auto& y) {
    return std::pair(-x.second.first, x.first) < std::pair(-y.second.first, y.first);
  });
  std::string out;
  for (const auto& [factors, rank] : terms) {
    Rational coefficient = rank.second;
    const bool negative = coefficient.numerator < 0;
    if (negative) coefficient = costscan::negate(coefficient);
    out += out.empty() ? (negative ? "-" : "") : (negative ? " - " : " + ");
    std::string term = factors;
    if (factors.empty() || coefficient.numerator != 1) {
      term = fmt::format("{}{}{}", coefficient.numerator, factors.empty() ? "" : "*", factors);
    }
    out += coefficient.denominator == 1 ? term : fmt::format("{}/{}", term, coefficient.denominator);
  }
  return out;
}

std::set<std::string> Algebra::symbols(const Poly& p) const {
  std::set<std::string> out;
  collect(*this, p, AtomKind::symbol, out);
  return out;
}

std::set<std::string> Algebra::reasons(const Poly& p) const {
  std::set<std::string> out;
  collect(*this, p, AtomKind::opaque, out);
  return out;
}

}  // namespace costscan::source::count
