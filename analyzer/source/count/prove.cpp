// What follows from symbols >= 0, the ranges of loop indices and the facts of the place: each unknown is replaced by
// the end of its range that makes the polynomial smallest.
#include <algorithm>
#include <utility>

#include "source/count/sums.hpp"

namespace costscan::source::count {
namespace {

constexpr int deepest = 14;
constexpr int most_attempts = 3000;

bool all_terms_nonnegative(const Poly& p) {
  return std::all_of(p.terms.begin(), p.terms.end(), [](const auto& term) { return term.second.numerator >= 0; });
}

/// p = factor * atom + rest, for an atom that is not inside others' powers.
Linear split_by(const Poly& p, AtomId id) {
  Linear out;
  for (const auto& [monomial, coefficient] : p.terms) {
    Monomial others = monomial;
    const auto at = std::find_if(others.begin(), others.end(), [&](const Power& f) { return f.atom == id; });
    Poly term;
    if (at == others.end()) {
      term.terms[others] = coefficient;
      out.rest += term;
      continue;
    }
    if (--at->exponent == 0) others.erase(at);
    term.terms[others] = coefficient;
    out.slope += term;
  }
  return out;
}

/// p / d where d has one term; nullopt where that is no polynomial.
std::optional<Poly> exact_quotient(const Poly& p, const Poly& d) {
  if (d.terms.size() != 1) return std::nullopt;
  const auto& [below, scale] = *d.terms.begin();
  Poly out;
  for (const auto& [monomial, coefficient] : p.terms) {
    Monomial rest = monomial;
    for (const Power& f : below) {
      const auto at = std::find_if(rest.begin(), rest.end(), [&](const Power& g) { return g.atom == f.atom; });
      if (at == rest.end() || at->exponent < f.exponent) return std::nullopt;
      at->exponent -= f.exponent;
      if (at->exponent == 0) rest.erase(at);
    }
    const auto factor = costscan::divide(coefficient, scale);
    if (!factor) return std::nullopt;
    Poly term;
    term.terms[rest] = *factor;
    out += term;
  }
  return out;
}

/// rest / slope for a positive number as slope, where the result has integer coefficients.
std::optional<Poly> whole_multiple(const Linear& line) {
  const auto slope = constant_value(line.slope);
  if (!slope || slope->numerator <= 0) return std::nullopt;
  Poly out;
  for (const auto& [monomial, coefficient] : line.rest.terms) {
    const auto quotient = costscan::divide(coefficient, *slope);
    if (!quotient || !is_integer(*quotient)) return std::nullopt;
    out.terms[monomial] = *quotient;
  }
  return out;
}

bool divides(const Monomial& a, const Monomial& b) {
  return std::all_of(a.begin(), a.end(), [&](const Power& f) {
    return std::any_of(b.begin(), b.end(),
                       [&](const Power& g) { return g.atom == f.atom && g.exponent >= f.exponent; });
  });
}

/// Whether what taking `product` away from p adds as negative terms can still be outweighed by p's positive ones.
bool promising(const Poly& p, const Poly& product) {
  return std::all_of(product.terms.begin(), product.terms.end(), [&](const auto& taken) {
    return taken.second.numerator < 0 ||
           std::any_of(
               p.terms.begin(), p.terms.end(),
               [&](const auto& term) { return term.second.numerator > 0 && divides(taken.first, term.first); });
  });
}

std::optional<AtomId> first_composite(const Algebra& algebra, const Poly& p) {
  std::optional<AtomId> found;
  for (const auto& [monomial, coefficient] : p.terms) {
    for (const Power& f : monomial) {
      const AtomKind kind = algebra.atom(f.atom).kind;
      if (kind == AtomKind::symbol || kind == AtomKind::loop) continue;
      if (!found || std::abs(f.atom) > std::abs(*found)) found = f.atom;  // later ones are built from earlier ones
    }
  }
  return found;
}

}  // namespace

/// floor(a / b) + k >= 0 says no more and no less than a + k*b >= 0.
Poly Summation::plain_fact(const Poly& fact) const {
  const auto id = first_composite(algebra_, fact);
  if (!id || algebra_.atom(*id).kind != AtomKind::floor_quotient) return fact;
  const Linear line = split_by(fact, *id);
  const Atom& quotient = algebra_.atom(*id);
  return line.slope == Poly(1) && !first_composite(algebra_, line.rest) ? quotient.a + line.rest * quotient.b : fact;
}

void Summation::enter(AtomId var, const Poly& count) {
  ranges_.push_back({var, count - Poly(1)});
  push_fact(count - Poly(1));  // inside, there is an iteration
}

void Summation::leave() {
  ranges_.pop_back();
  facts_.pop_back();
}

bool Summation::proven_without_loop(const Poly& p, AtomId var, const Poly& last, int depth) const {
  const auto line = linear_in(algebra_, p, var);
  if (!line) {
    // Not linear: with no negative term but its own it is smallest at 0.
    return all_terms_nonnegative(p);
  }
  if (line->slope.zero()) return proven(line->rest, depth + 1);
  if (proven(line->slope, depth + 1) && proven(line->rest, depth + 1)) return true;
  return proven(-line->slope, depth + 1) && proven(line->rest + line->slope * last, depth + 1);
}

bool Summation::proven(Poly p, int depth) const {
  if (p.overflow || depth > deepest) return false;
  if (all_terms_nonnegative(p) && !algebra_.unknown(p)) {
    const auto composite = first_composite(algebra_, p);
    if (!composite) return true;
  }
  if (constant_value(p)) return false;  // a negative number
  p = primitive(p);
  for (const Poly& fact : facts_) {
    if (fact == p) return true;
    const auto difference = constant_value(p - fact);
    if (difference && difference->numerator >= 0) return true;
  }
  if (const auto id = first_composite(algebra_, p)) {
    const Atom& atom = algebra_.atom(*id);
    const Linear line = split_by(p, *id);
    switch (atom.kind) {
      case AtomKind::floor_quotient: {
        if (const auto whole = whole_multiple(line); whole && proven(atom.a + *whole * atom.b, depth + 1)) return true;
        if (const auto factor = exact_quotient(line.slope, atom.b)) {  // b*floor(a/b) lies in [a - b + 1, a]
          if (proven(line.rest + *factor * atom.a, depth + 1) && proven(-*factor, depth + 1)) return true;
          if (proven(line.rest + *factor * (atom.a - atom.b + Poly(1)), depth + 1) && proven(*factor, depth + 1)) {
            return true;
          }
        }
        if (!proven(line.slope, depth + 1)) return false;
        if (proven(atom.a, depth + 1)) return proven(line.rest, depth + 1);                      // floor(a/b) >= 0
        return proven(atom.a + atom.b, depth + 1) && proven(line.rest - line.slope, depth + 1);  // >= -1
      }
      case AtomKind::minimum:
        if (proven(line.rest + line.slope * atom.a, depth + 1)) {
          if (proven(line.rest + line.slope * atom.b, depth + 1)) return true;
          return proven(-line.slope, depth + 1);  // min(a, b) <= a
        }
        return proven(line.rest + line.slope * atom.b, depth + 1) && proven(-line.slope, depth + 1);
      case AtomKind::at_least_zero:
      case AtomKind::equals_zero: return proven(line.rest, depth + 1) && proven(line.rest + line.slope, depth + 1);
      case AtomKind::power_of: return proven(line.slope, depth + 1) && proven(line.rest + line.slope, depth + 1);
      case AtomKind::floor_log:
      case AtomKind::opaque: return proven(line.slope, depth + 1) && proven(line.rest, depth + 1);
      case AtomKind::sum:
      case AtomKind::symbol:
      case AtomKind::loop: return false;
    }
  }
  for (auto range = ranges_.rbegin(); range != ranges_.rend(); ++range) {
    if (algebra_.depends(p, range->var)) return proven_without_loop(p, range->var, range->last, depth);
  }
  return follows(p, 0);
}

/// Symbols only: p is a sum of products of facts and symbols, and of terms that are not negative.
bool Summation::follows(const Poly& p, int depth) const {
  constexpr int most_products = 10;
  if (p.overflow || ++attempts_ > most_attempts) return false;
  const auto negative =
      std::find_if(p.terms.begin(), p.terms.end(), [](const auto& term) { return term.second.numerator < 0; });
  if (negative == p.terms.end()) return true;
  if (depth >= most_products) return false;
  return std::any_of(facts_.begin(), facts_.end(), [&](const Poly& fact) {
    if (algebra_.has_loops(fact) || first_composite(algebra_, fact)) return false;
    // The negative term is some multiple of one of the fact's negative terms.
    return std::any_of(fact.terms.begin(), fact.terms.end(), [&](const auto& term) {
      if (term.second.numerator >= 0) return false;
      Poly above;
      above.terms[negative->first] = negative->second;
      Poly below;
      below.terms[term.first] = term.second;
      const auto factor = exact_quotient(above, below);
      if (!factor) return false;
      const Poly product = *factor * fact;
      return promising(p, product) && follows(p - product, depth + 1);
    });
  });
}

Poly Summation::at_least_zero(const Poly& p) {
  if (nonnegative(p)) return 1;
  if (nonnegative(-p - Poly(1))) return 0;
  return algebra_.at_least_zero(p);
}

Poly Summation::equals_zero(const Poly& p) {
  if (p.zero()) return 1;
  if (nonnegative(p - Poly(1)) || nonnegative(-p - Poly(1))) return 0;
  return algebra_.equals_zero(p);
}

bool Summation::assume(const Poly& p) {
  if (algebra_.has_loops(p) || algebra_.unknown(p) || constant_value(p)) return false;
  assumed_.push_back(p);
  facts_.insert(facts_.begin(), plain_fact(p));  // holds outside of all loops, too
  return true;
}

Poly Summation::clamped(const Poly& p) {
  if (nonnegative(p)) return p;
  if (nonnegative(-p)) return 0;
  return assume(p) ? p : p * algebra_.at_least_zero(p);
}

}  // namespace costscan::source::count
