// Branches of the symbolic way: on symbols and indices exactly, on data as a bound.
#include <fmt/format.h>

#include <algorithm>

#include "source/count/interpreter.hpp"

namespace costscan::source::count {

/// Where the condition is a single comparison: the polynomial that it says is >= 0.
std::optional<Poly> Interpreter::only_fact(const Poly& condition) const {
  if (condition.terms.size() != 1) return std::nullopt;
  const auto& [monomial, coefficient] = *condition.terms.begin();
  for (const Power& f : monomial) {
    if (f.atom < 0 && algebra_.atom(f.atom).kind == AtomKind::at_least_zero) return algebra_.atom(f.atom).a;
  }
  return std::nullopt;
}

void Interpreter::branch(const ValueT& condition, const Expr& e, const Action& then, const Action& otherwise) {
  const auto holds = truth(condition);
  if (!holds && condition.limited && condition.must.zero() && condition.may != Poly(1)) {
    const auto where_it_may = [&] { branch_on_data(e, then, otherwise); };
    return branch(number(condition.may, true), e, where_it_may, otherwise);
  }
  if (!holds && condition.limited && condition.may == Poly(1) && !condition.must.zero()) {
    const auto elsewhere = [&] { branch_on_data(e, then, otherwise); };
    return branch(number(condition.must, true), e, then, elsewhere);
  }
  if (!holds) return branch_on_data(e, then, otherwise);
  if (algebra_.unknown(*holds)) {
    if (dry_ == 0) result_.gaps.insert(fmt::format("line {}: whether `{}` holds", e.at.line, e.text));
    return branch_on_data(e, then, otherwise);
  }
  if (*holds == Poly(1)) return then();
  if (holds->zero()) return otherwise();
  // Each undecided condition can double the pieces of what runs: a switch of many cases would never end.
  constexpr std::size_t most_pieces = 64;
  if (live_.terms.size() > most_pieces) return branch_on_data(e, then, otherwise);
  branch_on_symbols(*holds, then, otherwise);
}

void Interpreter::branch_on_symbols(const Poly& condition, const Action& then, const Action& otherwise) {
  for (const Poly& stated : {condition, complement(condition)}) {
    for (const auto& [monomial, coefficient] : stated.terms) {
      for (const Power& f : monomial) {
        if (f.atom < 0 && algebra_.atom(f.atom).loops.empty()) result_.asked.insert(f.atom);
      }
    }
  }
  const Poly entered = live_;
  const bool maybe = maybe_;
  const Frames before = frames_;
  const auto arm = [&](const Poly& holds, const Action& action) {
    // The cases of a switch exclude each other: without that, n of them would make 2^n pieces.
    const Poly inside = algebra_.with_equalities_used(entered * holds);
    live_ = inside;
    maybe_ = maybe;
    const auto fact = only_fact(holds);
    if (fact) sums_.push_fact(*fact);
    action();
    if (fact) sums_.pop_fact();
    return live_ == inside;
  };
  const bool through_then = arm(condition, then);
  const Poly live_then = live_;
  const bool maybe_then = maybe_;
  const Frames after_then = frames_;
  frames_ = before;
  const bool through_else = arm(complement(condition), otherwise);
  maybe_ = maybe_ || maybe_then;
  if (live_then.zero()) return;  // only the other way leads on
  if (live_.zero()) {
    frames_ = after_then;
    live_ = live_then;
    return;
  }
  if (after_then != frames_) frames_ = mixed(condition, after_then, frames_);
  live_ = through_then && through_else ? entered : live_then + live_;
}

PolyBounds Interpreter::cheaper_to_dearer(const PolyBounds& a, const PolyBounds& b) {
  if (a == b) return a;
  return {smallest(a.lower, b.lower), a.upper + b.upper - smallest(a.upper, b.upper)};
}

void Interpreter::merge_arms(const PolyCounters& first, const PolyCounters& second, const std::string& condition) {
  std::set<CounterKey> keys;
  for (const auto& [key, bounds] : first) keys.insert(key);
  for (const auto& [key, bounds] : second) keys.insert(key);
  for (const CounterKey& key : keys) {
    const auto x = first.find(key);
    const auto y = second.find(key);
    const PolyBounds a = x == first.end() ? PolyBounds{} : x->second;
    const PolyBounds b = y == second.end() ? PolyBounds{} : y->second;
    const PolyBounds both = cheaper_to_dearer(a, b);
    counters_[key].lower += both.lower;
    counters_[key].upper += both.upper;
    if (key.line == 0 && key.array < 0 && key.counter < measure_count && a != b) {
      result_.decided[key.counter].insert(condition);
    }
  }
}

void Interpreter::branch_on_data(const Expr& e, const Action& then, const Action& otherwise) {
  const Poly entered = live_;
  const bool maybe = maybe_;
  const Frames before = frames_;
  PolyCounters outside;
  std::swap(outside, counters_);
  ++under_data_;
  then();
  PolyCounters first;
  std::swap(first, counters_);
  const Frames after_then = frames_;
  const Poly live_then = live_;
  const bool maybe_then = maybe_;
  frames_ = before;
  live_ = entered;
  maybe_ = maybe;
  otherwise();
  --under_data_;
  PolyCounters second;
  std::swap(second, counters_);
  std::swap(outside, counters_);
  const std::string text = fmt::format("line {}: {}", e.at.line, e.text.empty() ? "a condition on data" : e.text);
  merge_arms(first, second, text);
  maybe_ = maybe_ || maybe_then;
  const bool both = live_ == live_then;
  if (live_.zero()) {
    frames_ = after_then;
  } else if (!live_then.zero() && after_then != frames_) {
    frames_ = agreed(after_then, frames_);
  }
  if (!both) {  // one way leaves
    live_ = entered;
    maybe_ = true;
    for (auto& conditions : result_.decided) {
      if (dry_ == 0) conditions.insert(text);
    }
  }
}

}  // namespace costscan::source::count
