// How often a loop runs: the first index at which its condition fails.
#include <fmt/format.h>

#include <algorithm>

#include "source/count/interpreter.hpp"

namespace costscan::source::count {
namespace {

void conjuncts(const Expr& e, std::vector<const Expr*>& into) {
  if (e.kind == ExprKind::binary && e.op == Operator::logical_and) {
    conjuncts(e.args[0], into);
    conjuncts(e.args[1], into);
  } else if (e.kind == ExprKind::convert && e.type.kind == TypeKind::boolean && e.args[0].kind == ExprKind::binary) {
    conjuncts(e.args[0], into);
  } else {
    into.push_back(&e);
  }
}

/// The single condition of a product with coefficient 1 that depends on t, others in `rest`.
std::optional<AtomId> only_condition(const Algebra& algebra, const Poly& p, AtomId t, Poly& rest) {
  if (p.terms.size() != 1 || p.terms.begin()->second != Rational{1, 1}) return std::nullopt;
  std::optional<AtomId> found;
  rest = 1;
  for (const Power& f : p.terms.begin()->first) {
    if (f.atom >= 0) return std::nullopt;
    if (algebra.atom(f.atom).loops.contains(t)) {
      if (found) return std::nullopt;
      found = f.atom;
    } else {
      Poly factor;
      factor.terms[{f}] = Rational{1, 1};
      rest = rest * factor;
    }
  }
  return found;
}

}  // namespace

/// For how many t from 0 on the comparison holds; nullopt: for all, or not known.
std::optional<Poly> Interpreter::bracket_holds_for(const Atom& bracket, AtomId t) {
  if (bracket.kind != AtomKind::at_least_zero) return std::nullopt;
  if (const auto line = linear_in(algebra_, bracket.a, t)) {
    const Poly down = -line->slope;
    if (!sums_.nonnegative(down - Poly(1)) && !sums_.assume(down - Poly(1))) return std::nullopt;
    return sums_.clamped(algebra_.floor_quotient(line->rest, down) + Poly(1));
  }
  // Growing or shrinking by a factor: one power of t.
  for (const auto& [monomial, coefficient] : bracket.a.terms) {
    for (const Power& f : monomial) {
      const Atom atom = algebra_.atom(f.atom);
      if (f.exponent != 1 || !atom.loops.contains(t)) continue;
      const auto line = linear_in(algebra_, bracket.a, f.atom);
      Poly index;
      index.terms[{{t, 1}}] = Rational{1, 1};
      if (!line || algebra_.depends(line->rest, t) || algebra_.depends(line->slope, t)) return std::nullopt;
      if (atom.kind == AtomKind::power_of && atom.a == index) {
        // rest - |slope| * base^t >= 0: base^t <= rest / |slope|.
        const Poly most = algebra_.floor_quotient(line->rest, -line->slope);
        if (!sums_.nonnegative(most - Poly(1)) && !sums_.assume(most - Poly(1))) return std::nullopt;
        return algebra_.floor_log(atom.base, most) + Poly(1);
      }
      if (atom.kind == AtomKind::floor_quotient && atom.b.terms.size() == 1 && line->slope == Poly(1)) {
        // floor(a / base^t) >= k: base^t <= a / k.
        const Monomial& below = atom.b.terms.begin()->first;
        const Atom growth = below.size() == 1 ? algebra_.atom(below[0].atom) : Atom{};
        const Poly least = -line->rest;
        if (growth.kind != AtomKind::power_of || growth.a != index || !sums_.nonnegative(least - Poly(1))) {
          return std::nullopt;
        }
        const Poly most = algebra_.floor_quotient(atom.a, least);
        if (!sums_.nonnegative(most - Poly(1)) && !sums_.assume(most - Poly(1))) return std::nullopt;
        return algebra_.floor_log(growth.base, most) + Poly(1);
      }
    }
  }
  return std::nullopt;
}

/// For how many t from 0 on `condition` holds.
std::optional<Poly> Interpreter::holds_for(const Poly& condition, AtomId t) {
  if (condition.zero()) return Poly(0);
  Poly rest;
  if (const auto bracket = only_condition(algebra_, condition, t, rest)) {
    const auto count = bracket_holds_for(algebra_.atom(*bracket), t);
    return count ? std::optional(*count * rest) : std::nullopt;
  }
  // != : until it is equal.
  const auto first = first_where(Poly(1) - condition, t);
  return first;
}

/// The first t at which `condition` holds; nullopt where that is not known.
std::optional<Poly> Interpreter::first_where(const Poly& condition, AtomId t) {
  Poly rest;
  const auto bracket = only_condition(algebra_, condition, t, rest);
  if (!bracket || rest != Poly(1)) return std::nullopt;
  const Atom atom = algebra_.atom(*bracket);
  const auto line = linear_in(algebra_, atom.a, t);
  if (!line) return std::nullopt;
  const auto slope = integer_value(line->slope);
  if (atom.kind == AtomKind::equals_zero && slope && *slope != 0) {
    const Poly at =
        *slope > 0 ? algebra_.floor_quotient(-line->rest, *slope) : algebra_.floor_quotient(line->rest, -*slope);
    if (!sums_.nonnegative(at) && !sums_.assume(at)) return std::nullopt;
    return at;
  }
  if (atom.kind == AtomKind::at_least_zero && sums_.nonnegative(line->slope - Poly(1))) {
    return sums_.clamped(-algebra_.floor_quotient(line->rest, line->slope));
  }
  return std::nullopt;
}

Interpreter::Trips Interpreter::trips_of(const Stmt& statement, const std::vector<Head>& heads, AtomId t) {
  Trips out;
  out.text = fmt::format("line {}: when this loop ends", statement.at.line);
  if (!statement.has_expr) return out;
  const Frames before = frames_;
  const Poly live = std::exchange(live_, Poly(1));
  const bool maybe = maybe_;
  const PolyCounters counters = counters_;
  ++dry_;
  Poly index;
  index.terms[{{t, 1}}] = Rational{1, 1};
  sums_.enter(t, algebra_.opaque("trips"));
  set_heads(heads, t, index);
  if (statement.kind == StmtKind::loop_post) {
    loops_.emplace_back();
    run(statement.body);
    loops_.pop_back();
    live_ = 1;
  }
  std::vector<const Expr*> conditions;
  conjuncts(statement.expr, conditions);
  std::vector<Poly> counts;
  bool known = true;
  std::vector<Poly> static_conditions;
  for (const Expr* condition : conditions) {
    const auto holds = truth(eval(*condition));
    if (!holds || algebra_.unknown(*holds)) {
      out.by_data = out.by_data || !holds;
      known = known && !holds;
      const std::string text = condition->text.empty() ? "its condition" : condition->text;
      out.text = fmt::format("line {}: how often `{}` holds", condition->at.line, text);
    } else {
      static_conditions.push_back(*holds);
    }
  }
  sums_.leave();
  for (const Poly& condition : static_conditions) {
    if (condition == Poly(1)) continue;
    const auto count = holds_for(condition, t);
    known = known && count.has_value();
    if (count) counts.push_back(*count);
  }
  --dry_;
  frames_ = before;
  live_ = live;
  maybe_ = maybe;
  counters_ = counters;
  if (!known && dry_ == 0) result_.gaps.insert(out.text);
  if (counts.empty() || !known) return out;
  out.count = counts.front();
  for (const Poly& count : counts) out.count = smallest(*out.count, count);
  if (statement.kind == StmtKind::loop_post) out.count = *out.count + Poly(1);
  return out;
}

}  // namespace costscan::source::count
