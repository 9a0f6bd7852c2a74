// Atoms: building them simplified, replacing loop indices inside them.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "source/count/poly.hpp"

namespace costscan::source::count {
namespace {

void append_key(std::string& key, const Poly& p) {
  for (const auto& [monomial, coefficient] : p.terms) {
    fmt::format_to(std::back_inserter(key), "{}/{}", coefficient.numerator, coefficient.denominator);
    for (const Power& f : monomial) fmt::format_to(std::back_inserter(key), "*{}^{}", f.atom, f.exponent);
    key += '+';
  }
  key += '|';
}

bool is_condition(AtomKind kind) { return kind == AtomKind::at_least_zero || kind == AtomKind::equals_zero; }

Poly of_atom(AtomId id) {
  Poly out;
  out.terms[{{id, 1}}] = Rational{1, 1};
  return out;
}

/// The quotient of one term by a divisor of one term, where it is a polynomial with integer coefficient.
std::optional<Poly> term_quotient(const Monomial& monomial, Rational coefficient, const Poly& divisor) {
  const auto& [below, scale] = *divisor.terms.begin();
  const auto factor = costscan::divide(coefficient, scale);
  if (!factor || !is_integer(*factor)) return std::nullopt;
  Monomial rest = monomial;
  for (const Power& f : below) {
    const auto at = std::find_if(rest.begin(), rest.end(), [&](const Power& g) { return g.atom == f.atom; });
    if (at == rest.end() || at->exponent < f.exponent) return std::nullopt;
    at->exponent -= f.exponent;
    if (at->exponent == 0) rest.erase(at);
  }
  Poly out;
  out.terms[rest] = *factor;
  return out;
}

std::int64_t floor_mod(std::int64_t a, std::int64_t b) { return (a % b + b) % b; }

}  // namespace

const Atom& Algebra::atom(AtomId id) const { return atoms_[static_cast<std::size_t>(id < 0 ? -id : id)]; }

Poly Algebra::intern(Atom atom) {
  std::string key = fmt::format("{}:{}:{}:{}|", static_cast<int>(atom.kind), atom.name, atom.var, atom.base);
  append_key(key, atom.a);
  append_key(key, atom.b);
  append_key(key, atom.c);
  const auto found = known_.find(key);
  if (found != known_.end()) return of_atom(found->second);
  for (const Poly* part : {&atom.a, &atom.b, &atom.c}) {
    for (const auto& [monomial, coefficient] : part->terms) {
      for (const Power& f : monomial) {
        const Atom& used = this->atom(f.atom);
        atom.loops.insert(used.loops.begin(), used.loops.end());
        atom.unknown |= used.unknown;
      }
    }
  }
  auto id = static_cast<AtomId>(atoms_.size());
  if (atom.kind == AtomKind::loop) atom.loops.insert(id);
  if (atom.kind == AtomKind::sum) atom.loops.erase(atom.var);
  if (atom.kind == AtomKind::opaque) atom.unknown = true;
  if (is_condition(atom.kind)) id = -id;
  atoms_.push_back(std::move(atom));
  known_.emplace(std::move(key), id);
  return of_atom(id);
}

Poly Algebra::symbol(const std::string& name) {
  Atom atom;
  atom.name = name;
  return intern(std::move(atom));
}

AtomId Algebra::loop(const std::string& name) {
  Atom atom;
  atom.kind = AtomKind::loop;
  atom.name = name;
  atom.base = static_cast<std::int64_t>(atoms_.size());  // makes it a new one
  return intern(std::move(atom)).terms.begin()->first.front().atom;
}

Poly Algebra::opaque(const std::string& reason) {
  Atom atom;
  atom.kind = AtomKind::opaque;
  atom.name = reason;
  return intern(std::move(atom));
}

Poly Algebra::floor_quotient(const Poly& a, const Poly& b) {
  // One form of two: floor(-p / d) = -floor((p + d - 1) / d).
  if (!a.terms.empty() && a.terms.rbegin()->second.numerator < 0 && !a.terms.rbegin()->first.empty()) {
    return -floor_quotient(b - a - Poly(1), b);
  }
  std::int64_t multiple = 1;
  for (const auto& [monomial, coefficient] : a.terms) multiple = std::lcm(multiple, coefficient.denominator);
  for (const auto& [monomial, coefficient] : b.terms) multiple = std::lcm(multiple, coefficient.denominator);
  const Poly above = scaled(a, Rational{multiple, 1});
  const Poly below = scaled(b, Rational{multiple, 1});
  if (above.overflow || below.overflow || below.terms.empty()) return opaque("a quotient leaves 2^62");
  Poly whole;
  Poly rest;
  if (below.terms.size() == 1) {
    for (const auto& [monomial, coefficient] : above.terms) {
      Poly term;
      term.terms[monomial] = coefficient;
      if (auto quotient = term_quotient(monomial, coefficient, below)) {
        whole += *quotient;
      } else {
        rest += term;
      }
    }
  } else {
    rest = above;
  }
  const auto divisor = integer_value(below);
  if (divisor && *divisor > 0) {  // the constant into [0, divisor)
    const auto at = rest.terms.find({});
    if (at != rest.terms.end()) {
      const std::int64_t constant = at->second.numerator;
      const std::int64_t left = floor_mod(constant, *divisor);
      rest = rest - Poly(constant - left);
      whole += Poly((constant - left) / *divisor);
    }
    if (rest.terms.size() <= 1 && constant_value(rest)) return whole;  // 0 <= rest < divisor
  }
  if (rest.terms.empty()) return whole;
  Atom atom;
  atom.kind = AtomKind::floor_quotient;
  std::int64_t common = 0;
  for (const Poly* part : {&std::as_const(rest), &below}) {
    for (const auto& [monomial, coefficient] : part->terms) common = std::gcd(common, coefficient.numerator);
  }
  atom.a = scaled(rest, Rational{1, std::max<std::int64_t>(common, 1)});
  atom.b = scaled(below, Rational{1, std::max<std::int64_t>(common, 1)});
  return whole + intern(std::move(atom));
}

Poly Algebra::minimum(const Poly& a, const Poly& b) {
  const auto difference = constant_value(a - b);
  if (difference) return difference->numerator <= 0 ? a : b;
  Atom atom;
  atom.kind = AtomKind::minimum;
  std::string left;
  std::string right;
  append_key(left, a);
  append_key(right, b);
  const bool ordered = left < right;
  atom.a = ordered ? a : b;
  atom.b = ordered ? b : a;
  return intern(std::move(atom));
}

Poly Algebra::floor_log(std::int64_t base, const Poly& a) {
  if (const auto value = integer_value(a); value && *value >= 1) {
    std::int64_t log = 0;
    for (std::int64_t left = *value / base; left > 0; left /= base) ++log;
    return log;
  }
  Atom atom;
  atom.kind = AtomKind::floor_log;
  atom.base = base;
  atom.a = a;
  return intern(std::move(atom));
}

Poly Algebra::power_of(std::int64_t base, const Poly& a) {
  constexpr std::int64_t most = 62;
  if (const auto value = integer_value(a); value && *value >= 0 && *value <= most) {
    return power(Poly(base), static_cast<int>(*value));
  }
  Atom atom;
  atom.kind = AtomKind::power_of;
  atom.base = base;
  atom.a = a;
  return intern(std::move(atom));
}

Poly Algebra::at_least_zero(const Poly& a) {
  if (const auto value = constant_value(a)) return value->numerator >= 0 ? 1 : 0;
  Atom atom;
  atom.kind = AtomKind::at_least_zero;
  atom.a = primitive(a);
  return intern(std::move(atom));
}

Poly Algebra::equals_zero(const Poly& a) {
  if (const auto value = constant_value(a)) return value->numerator == 0 ? 1 : 0;
  Atom atom;
  atom.kind = AtomKind::equals_zero;
  atom.a = primitive(a);
  if (atom.a.terms.rbegin()->second.numerator < 0) atom.a = -atom.a;
  return intern(std::move(atom));
}

Poly Algebra::sum(AtomId var, const Poly& from, const Poly& to, const Poly& body) {
  Atom atom;
  atom.kind = AtomKind::sum;
  atom.var = var;
  atom.a = from;
  atom.b = to;
  atom.c = body;
  return intern(std::move(atom));
}

Poly Algebra::rebuilt(const Atom& atom, AtomId var, const Poly& value) {
  const Poly a = substitute(atom.a, var, value);
  switch (atom.kind) {
    case AtomKind::floor_quotient: return floor_quotient(a, substitute(atom.b, var, value));
    case AtomKind::minimum: return minimum(a, substitute(atom.b, var, value));
    case AtomKind::floor_log: return floor_log(atom.base, a);
    case AtomKind::power_of: return power_of(atom.base, a);
    case AtomKind::at_least_zero: return at_least_zero(a);
    case AtomKind::equals_zero: return equals_zero(a);
    case AtomKind::sum: return sum(atom.var, a, substitute(atom.b, var, value), substitute(atom.c, var, value));
    case AtomKind::symbol:
    case AtomKind::loop:
    case AtomKind::opaque: break;
  }
  return opaque("an atom without parts was rebuilt");
}

Poly Algebra::substitute(const Poly& p, AtomId var, const Poly& value) {
  Poly out;
  out.overflow = p.overflow || value.overflow;
  std::map<AtomId, Poly> replaced;
  for (const auto& [monomial, coefficient] : p.terms) {
    Poly term;
    Monomial kept;
    term.terms[{}] = coefficient;
    for (const Power& f : monomial) {
      if (f.atom != var && !atom(f.atom).loops.contains(var)) {
        kept.push_back(f);
        continue;
      }
      auto at = replaced.find(f.atom);
      if (at == replaced.end()) {
        const Atom copy = atom(f.atom);  // rebuilding adds atoms
        at = replaced.emplace(f.atom, f.atom == var ? value : rebuilt(copy, var, value)).first;
      }
      term = term * power(at->second, f.exponent);
    }
    Poly rest;
    rest.terms[kept] = Rational{1, 1};
    out += term * rest;
  }
  return out;
}

/// The term with what its condition `symbol == value` says used in its other factors.
Poly Algebra::with_symbol_known(const Monomial& monomial, Rational coefficient, AtomId condition, AtomId symbol,
                                const Poly& value) const {
  Poly out;
  out.terms[{{condition, 1}}] = coefficient;
  for (const Power& f : monomial) {
    if (f.atom == condition) continue;
    if (f.atom == symbol) {
      out = out * power(value, f.exponent);
      continue;
    }
    const Atom& other = atom(f.atom);
    const auto line = f.atom < 0 ? linear_in(*this, other.a, symbol) : std::nullopt;
    const auto known = line && !line->slope.zero() ? constant_value(line->rest + line->slope * value) : std::nullopt;
    if (!known) {
      Poly factor;
      factor.terms[{f}] = Rational{1, 1};
      out = out * factor;
    } else if (other.kind == AtomKind::equals_zero ? known->numerator != 0 : known->numerator < 0) {
      return Poly();
    }
  }
  return out;
}

/// Whether two of its conditions say that the same polynomial has different values: [i % 4 == 1]*[i % 4 == 2].
bool Algebra::contradicts_itself(const Monomial& monomial) const {
  std::vector<const Poly*> zero;
  for (const Power& f : monomial) {
    if (f.atom < 0 && atom(f.atom).kind == AtomKind::equals_zero) zero.push_back(&atom(f.atom).a);
  }
  for (std::size_t i = 0; i < zero.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto apart = constant_value(*zero[i] - *zero[j]);
      if (apart && apart->numerator != 0) return true;
    }
  }
  return false;
}

Poly Algebra::with_equalities_used(const Poly& p) const {
  Poly out;
  out.overflow = p.overflow;
  for (const auto& [monomial, coefficient] : p.terms) {
    if (contradicts_itself(monomial)) continue;
    Poly term;
    term.terms[monomial] = coefficient;
    for (const Power& f : monomial) {
      const Atom& condition = atom(f.atom);
      if (f.atom >= 0 || condition.kind != AtomKind::equals_zero) continue;
      // "s - c == 0" for a symbol s
      AtomId symbol = 0;
      for (const auto& [part, scale] : condition.a.terms) {
        if (part.size() == 1 && part[0].exponent == 1 && atom(part[0].atom).kind == AtomKind::symbol)
          symbol = part[0].atom;
      }
      const auto line = symbol > 0 ? linear_in(*this, condition.a, symbol) : std::nullopt;
      if (!line || line->slope != Poly(1) || !constant_value(line->rest)) continue;
      term = with_symbol_known(monomial, coefficient, f.atom, symbol, -line->rest);
      break;
    }
    out += term;
  }
  return out;
}

Poly Algebra::decided(const Poly& p, const std::map<AtomId, bool>& conditions) {
  Poly out;
  out.overflow = p.overflow;
  for (const auto& [monomial, coefficient] : p.terms) {
    Monomial kept;
    bool holds = true;
    for (const Power& f : monomial) {
      const auto at = conditions.find(f.atom);
      if (at == conditions.end()) {
        kept.push_back(f);
      } else {
        holds = holds && at->second;
      }
    }
    Poly term;
    term.terms[kept] = coefficient;
    if (holds) out += term;
  }
  return out;
}

bool Algebra::depends(const Poly& p, AtomId loop) const {
  for (const auto& [monomial, coefficient] : p.terms) {
    for (const Power& f : monomial) {
      if (f.atom == loop || atom(f.atom).loops.contains(loop)) return true;
    }
  }
  return false;
}

bool Algebra::has_loops(const Poly& p) const {
  for (const auto& [monomial, coefficient] : p.terms) {
    for (const Power& f : monomial) {
      if (!atom(f.atom).loops.empty()) return true;
    }
  }
  return false;
}

bool Algebra::unknown(const Poly& p) const {
  for (const auto& [monomial, coefficient] : p.terms) {
    for (const Power& f : monomial) {
      if (atom(f.atom).unknown) return true;
    }
  }
  return false;
}

}  // namespace costscan::source::count
