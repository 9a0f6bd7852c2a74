// Polynomials at given values of their symbols: by direct arithmetic, sharing nothing with the sums' closed forms.
#include <utility>

#include "source/count/sums.hpp"

namespace costscan::source::count {
namespace {

class Evaluation {
 public:
  Evaluation(const Algebra& algebra, const std::map<std::string, std::int64_t>& symbols)
      : algebra_(algebra), symbols_(symbols) {}

  std::optional<Rational> value(const Poly& p) {
    if (p.overflow) return std::nullopt;
    Rational total;
    for (const auto& [monomial, coefficient] : p.terms) {
      auto term = std::optional(coefficient);
      for (const Power& f : monomial) {
        const auto factor = of_atom(f.atom);
        if (!factor) return std::nullopt;
        for (int i = 0; i < f.exponent && term; ++i) term = costscan::multiply(*term, *factor);
      }
      const auto sum = term ? costscan::add(total, *term) : std::nullopt;
      if (!sum) return std::nullopt;
      total = *sum;
    }
    return total;
  }

 private:
  std::optional<Rational> of_atom(AtomId id) {
    const Atom& atom = algebra_.atom(id);
    switch (atom.kind) {
      case AtomKind::symbol: {
        const auto at = symbols_.find(atom.name);
        return at == symbols_.end() ? std::nullopt : std::optional(Rational{at->second, 1});
      }
      case AtomKind::loop: {
        const auto at = indices_.find(id);
        return at == indices_.end() ? std::nullopt : std::optional(Rational{at->second, 1});
      }
      case AtomKind::opaque: return std::nullopt;
      case AtomKind::sum: return of_sum(atom);
      default: break;
    }
    const auto a = value(atom.a);
    if (!a) return std::nullopt;
    switch (atom.kind) {
      case AtomKind::at_least_zero: return Rational{a->numerator >= 0 ? 1 : 0, 1};
      case AtomKind::equals_zero: return Rational{a->numerator == 0 ? 1 : 0, 1};
      case AtomKind::floor_log: return of_log(floor(*a), atom.base);
      case AtomKind::power_of: return of_power(atom.base, floor(*a));
      default: break;
    }
    const auto b = value(atom.b);
    if (!b) return std::nullopt;
    if (atom.kind == AtomKind::minimum) return compare(*a, *b) == std::strong_ordering::less ? *a : *b;
    const auto quotient = b->numerator > 0 ? costscan::divide(*a, *b) : std::nullopt;
    return quotient ? std::optional(Rational{floor(*quotient), 1}) : std::nullopt;
  }

  static std::optional<Rational> of_log(std::int64_t a, std::int64_t base) {
    if (a < 1) return std::nullopt;
    std::int64_t log = 0;
    for (std::int64_t left = a / base; left > 0; left /= base) ++log;
    return Rational{log, 1};
  }

  static std::optional<Rational> of_power(std::int64_t base, std::int64_t exponent) {
    if (exponent < 0) return std::nullopt;
    std::optional<Rational> out = Rational{1, 1};
    for (std::int64_t i = 0; i < exponent && out; ++i) out = costscan::multiply(*out, Rational{base, 1});
    return out;
  }

  std::optional<Rational> of_sum(const Atom& atom) {
    const auto from = value(atom.a);
    const auto to = value(atom.b);
    if (!from || !to) return std::nullopt;
    Rational total;
    for (std::int64_t t = floor(*from); t <= floor(*to); ++t) {
      if (--budget_ < 0) return std::nullopt;
      indices_[atom.var] = t;
      const auto term = value(atom.c);
      const auto sum = term ? costscan::add(total, *term) : std::nullopt;
      if (!sum) return std::nullopt;
      total = *sum;
    }
    indices_.erase(atom.var);
    return total;
  }

  const Algebra& algebra_;
  const std::map<std::string, std::int64_t>& symbols_;
  std::map<AtomId, std::int64_t> indices_;
  std::int64_t budget_ = 200000;
};

}  // namespace

std::optional<Rational> evaluate(const Algebra& algebra, const Poly& p,
                                 const std::map<std::string, std::int64_t>& symbols) {
  return Evaluation(algebra, symbols).value(p);
}

}  // namespace costscan::source::count
