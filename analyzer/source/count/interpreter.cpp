// Values, counters and branches of the symbolic way.
#include "source/count/interpreter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "source/count/interval.hpp"

namespace costscan::source::count {

Poly Interpreter::symbol(const std::string& name, bool boolean) {
  result_.symbols.insert(name);
  if (boolean) result_.booleans.insert(name);
  const auto at = symbols_.find(name);
  if (at != symbols_.end()) return boolean ? Poly(at->second != 0 ? 1 : 0) : Poly(at->second);
  const Poly value = algebra_.symbol(name);
  return boolean ? Poly(1) - algebra_.equals_zero(value) : value;
}

Poly Interpreter::complement(const Poly& condition) {
  if (condition.terms.size() == 1) {
    const auto& [monomial, coefficient] = *condition.terms.begin();
    if (coefficient == Rational{1, 1} && monomial.size() == 1 && monomial[0].atom < 0) {
      const Atom atom = algebra_.atom(monomial[0].atom);
      if (atom.kind == AtomKind::at_least_zero) return algebra_.at_least_zero(-atom.a - Poly(1));
    }
  }
  return Poly(1) - condition;
}

std::optional<Poly> Interpreter::unary(Operator op, const Poly& a) {
  switch (op) {
    case Operator::negate: return -a;
    case Operator::bit_not: return -a - Poly(1);
    case Operator::logical_not: {
      const auto holds = truth(number(a));
      return holds ? std::optional(complement(*holds)) : std::nullopt;
    }
    default: return std::nullopt;
  }
}

std::optional<Poly> Interpreter::binary(Operator op, const Poly& a, const Poly& b) {
  const auto x = integer_value(a);
  const auto y = integer_value(b);
  if (x && y) {
    const auto out = count::binary(op, Interval{*x, *x, true}, Interval{*y, *y, true});
    if (out && out->exact()) return Poly(out->lower);
    return algebra_.opaque("integer arithmetic leaves 64 bits");
  }
  switch (op) {
    case Operator::add: return a + b;
    case Operator::subtract: return a - b;
    case Operator::multiply: return a * b;
    case Operator::divide:
    case Operator::remainder: {
      if (!sums_.nonnegative(b - Poly(1)) && !sums_.assume(b - Poly(1))) return algebra_.opaque("a divisor varies");
      const Poly quotient = algebra_.floor_quotient(a, b);
      return op == Operator::divide ? quotient : a - b * quotient;
    }
    case Operator::shift_left: return a * algebra_.power_of(2, b);
    case Operator::shift_right: return algebra_.floor_quotient(a, algebra_.power_of(2, b));
    case Operator::less: return sums_.at_least_zero(b - a - Poly(1));
    case Operator::less_equal: return sums_.at_least_zero(b - a);
    case Operator::greater: return sums_.at_least_zero(a - b - Poly(1));
    case Operator::greater_equal: return sums_.at_least_zero(a - b);
    case Operator::equal: return sums_.equals_zero(a - b);
    case Operator::not_equal: return Poly(1) - sums_.equals_zero(a - b);
    case Operator::bit_and: {
      const Poly& other = y ? a : b;
      const auto mask = y ? y : x;
      if (mask && *mask >= 0 && std::has_single_bit(static_cast<std::uint64_t>(*mask) + 1)) {
        return other - Poly(*mask + 1) * algebra_.floor_quotient(other, *mask + 1);
      }
      if (mask && *mask < 0 && std::has_single_bit(static_cast<std::uint64_t>(-*mask))) {
        return Poly(-*mask) * algebra_.floor_quotient(other, -*mask);
      }
      return algebra_.opaque("bits of a symbol");
    }
    default: return algebra_.opaque("bits of a symbol");
  }
}

Poly Interpreter::smallest(const Poly& a, const Poly& b) {
  if (sums_.nonnegative(b - a)) return a;
  if (sums_.nonnegative(a - b)) return b;
  return algebra_.minimum(a, b);
}

std::optional<Poly> Interpreter::extremum(bool smallest_one, const Poly& a, const Poly& b) {
  const Poly least = smallest(a, b);
  return smallest_one ? least : a + b - least;
}

/// 0 or 1; nullopt where it is data.
std::optional<Poly> Interpreter::truth(const ValueT& value) {
  if (value.kind == ValueT::Kind::address) return Poly(1);
  if (value.kind != ValueT::Kind::number) return std::nullopt;
  return value.truth ? value.number : Poly(1) - sums_.equals_zero(value.number);
}

/// Where a truth value may be 1, and where it must be.
std::pair<Poly, Poly> Interpreter::limits(const ValueT& value) {
  if (const auto holds = truth(value)) return {*holds, *holds};
  return value.limited ? std::pair(value.may, value.must) : std::pair(Poly(1), Poly(0));
}

Value<Poly> Interpreter::limited(Poly may, Poly must) {
  ValueT out;
  out.limited = true;
  out.may = std::move(may);
  out.must = std::move(must);
  return out;
}

Value<Poly> Interpreter::negated(const ValueT& value) {
  const auto [may, must] = limits(value);
  return limited(complement(must), complement(may));
}

Value<Poly> Interpreter::logical(bool conjunction, const ValueT& a, const ValueT& b) {
  const auto x = truth(a);
  const auto y = truth(b);
  const Poly decides = conjunction ? 0 : 1;
  if ((x && *x == decides) || (y && *y == decides)) return number(decides, true);
  if (!x || !y) {
    const auto [may_a, must_a] = limits(a);
    const auto [may_b, must_b] = limits(b);
    const auto either = [](const Poly& p, const Poly& q) { return p + q - p * q; };
    return conjunction ? limited(may_a * may_b, must_a * must_b)
                       : limited(either(may_a, may_b), either(must_a, must_b));
  }
  return number(conjunction ? *x * *y : *x + *y - *x * *y, true);
}

Value<Poly> Interpreter::mixed(const Poly& condition, const ValueT& a, const ValueT& b) {
  if (a == b) return a;
  if (a.kind != b.kind || a.kind == ValueT::Kind::data) return data();
  if (a.kind == ValueT::Kind::address && (a.place.kind != b.place.kind || a.place.array != b.place.array ||
                                          a.place.outer != b.place.outer || a.place.variable != b.place.variable)) {
    return data();
  }
  const Poly& x = part(a);
  const Poly& y = part(b);
  const Poly gap = y - x;
  // x < y ? x : y and its kin.
  if (condition == algebra_.at_least_zero(gap) || condition == algebra_.at_least_zero(gap - Poly(1))) {
    return with_part(a, smallest(x, y));
  }
  if (condition == algebra_.at_least_zero(-gap) || condition == algebra_.at_least_zero(-gap - Poly(1))) {
    return with_part(a, x + y - smallest(x, y));
  }
  return with_part(a, y + condition * (x - y));
}

Value<Poly> Interpreter::agreed(const ValueT& a, const ValueT& b) { return a == b ? a : data(); }

Value<Poly> Interpreter::select(const ValueT& condition, const ValueT& a, const ValueT& b) {
  const auto holds = truth(condition);
  if (!holds) return agreed(a, b);
  if (*holds == Poly(1)) return a;
  if (holds->zero()) return b;
  return mixed(*holds, a, b);
}

std::vector<Frame<Poly>> Interpreter::mixed(const Poly& condition, const Frames& a, const Frames& b) {
  Frames out = a;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    for (std::size_t j = 0; j < std::min(a[i].slots.size(), b[i].slots.size()); ++j) {
      out[i].slots[j].value = mixed(condition, a[i].slots[j].value, b[i].slots[j].value);
    }
  }
  return out;
}

std::vector<Frame<Poly>> Interpreter::agreed(const Frames& a, const Frames& b) {
  Frames out = a;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    for (std::size_t j = 0; j < std::min(a[i].slots.size(), b[i].slots.size()); ++j) {
      out[i].slots[j].value = agreed(a[i].slots[j].value, b[i].slots[j].value);
    }
  }
  return out;
}

void Interpreter::add(const CounterKey& key, const Poly& amount) {
  PolyBounds& bounds = counters_[key];
  const Poly work = amount * live_;
  bounds.upper += work;
  if (!maybe_) bounds.lower += work;
}

void Interpreter::emit(Measure measure, const Poly& amount) {
  if (dry_ > 0) return;
  add({0, -1, static_cast<std::size_t>(measure)}, amount);
  add({line_, -1, static_cast<std::size_t>(measure)}, amount);
}

void Interpreter::executed(const Stmt& statement) {
  if (dry_ > 0) return;
  add({0, -1, measure_count}, 1);
  if (frames_.size() > 1) return;
  const auto owner = owners_.find(statement.at.line);
  if (owner != owners_.end() && owner->second == &statement) add({line_, -1, measure_count}, 1);
}

void Interpreter::access_range(const PlaceT& place, const Poly& count, std::int64_t unit, bool write) {
  if (dry_ > 0) return;
  const Poly bytes = count * Poly(unit);
  if (place.kind != PlaceT::Kind::memory) return;
  const auto measure = static_cast<std::size_t>(write ? Measure::write_bytes : Measure::read_bytes);
  add({0, -1, measure}, bytes);
  add({line_, -1, measure}, bytes);
  add({0, place.array, measure}, bytes);
  ArrayInfo& array = arrays_[static_cast<std::size_t>(place.array)];
  if (array.element_bytes == 0) array.element_bytes = std::max<std::int64_t>(1, unit);
  Access made;
  made.array = place.array;
  made.write = write;
  made.outer = place.outer;
  made.offset = place.offset;
  made.bytes = bytes;
  made.loops = nest_;
  made.always = live_ == Poly(1);
  made.perhaps = maybe_ || under_data_ > 0;
  for (const auto& [live, maybe] : around_) {
    made.always = made.always && live == Poly(1);
    made.perhaps = made.perhaps || maybe;
  }
  result_.accesses.push_back(std::move(made));
}

void Interpreter::unknown(const Location& at, const std::string& what) {
  if (dry_ > 0) return;
  result_.unknown.insert(fmt::format("line {}: {}", at.line, what));
  result_.unknown_lines.insert(line_);
  const Unsupported entry{at, what, frames_.back().function};
  const auto same = [&](const Unsupported& u) { return u.at == at && u.what == what; };
  if (std::none_of(result_.unsupported.begin(), result_.unsupported.end(), same)) result_.unsupported.push_back(entry);
}

void Interpreter::give_back(std::optional<ValueT> value) {
  CallState& call = calls_.back();
  call.by_data = call.by_data || maybe_ || under_data_ > call.under_data;
  call.values.emplace_back(live_, value.value_or(data()));
  if (loops_.size() > call.loop_depth) {
    for (std::size_t i = call.loop_depth; i < loops_.size(); ++i) {
      LoopState& state = loops_[i];
      const bool by_data = maybe_ || under_data_ > state.under_data;
      state.data_exit = state.data_exit || by_data;
      state.data_return = state.data_return || by_data;
      if (!by_data) state.returns += live_;
    }
  }
  live_ = 0;
}

Value<Poly> Interpreter::called(const Function& /*callee*/, const Action& body) {
  const Poly entered = live_;
  const bool maybe = maybe_;
  calls_.emplace_back();
  calls_.back().under_data = under_data_;
  calls_.back().loop_depth = loops_.size();
  body();
  const CallState call = std::move(calls_.back());
  calls_.pop_back();
  frames_.pop_back();
  live_ = entered;
  maybe_ = maybe;
  if (call.values.size() == 1) return call.values[0].second;
  if (call.values.empty() || call.by_data || loops_.size() > call.loop_depth) return data();
  // Several returns under conditions that exclude each other.
  ValueT out = call.values.back().second;
  for (std::size_t i = call.values.size() - 1; i > 0; --i) {
    out = mixed(call.values[i - 1].first, call.values[i - 1].second, out);
  }
  return out;
}

void Interpreter::own_lines(const std::vector<Stmt>& statements) {
  for (const Stmt& statement : statements) {
    if (statement.kind != StmtKind::block && statement.kind != StmtKind::unsupported) {
      owners_[statement.at.line] = &statement;
    }
    own_lines(statement.body);
    own_lines(statement.otherwise);
  }
}

/// Conditions on symbols that the sums came to are decided as for large problems, and stated; those that the source
/// itself asks for stay.
void Interpreter::decide_for_large() {
  std::map<AtomId, bool> decisions;
  for (const auto& [key, bounds] : counters_) {
    for (const Poly* p : {&bounds.lower, &bounds.upper}) {
      for (const auto& [monomial, coefficient] : p->terms) {
        for (const Power& f : monomial) {
          if (f.atom >= 0 || result_.asked.contains(f.atom) || decisions.contains(f.atom)) continue;
          const Atom atom = algebra_.atom(f.atom);
          const auto value =
              atom.kind == AtomKind::at_least_zero && atom.loops.empty() ? sums_.at_large(atom.a) : std::nullopt;
          if (!value) continue;
          decisions[f.atom] = value->numerator >= 0;
          (void)sums_.assume(value->numerator >= 0 ? atom.a : -atom.a - Poly(1));
        }
      }
    }
  }
  for (auto& [key, bounds] : counters_) {
    bounds = {algebra_.with_equalities_used(Algebra::decided(bounds.lower, decisions)),
              algebra_.with_equalities_used(Algebra::decided(bounds.upper, decisions))};
  }
}

SymbolicResult Interpreter::run_function(FunctionId id) {
  own_lines(program_.functions[static_cast<std::size_t>(id)].body);
  calls_.emplace_back();
  enter_function(id);
  bind_entry_parameters();
  run(function().body);
  decide_for_large();
  result_.counters = counters_;
  result_.arrays = arrays_;
  result_.assumed = sums_.assumed();
  return std::move(result_);
}

SymbolicResult count_symbolically(Algebra& algebra, const Program& program, const FunctionTable& table,
                                  const DataOperations& operations, FunctionId id,
                                  const std::map<std::string, std::int64_t>& symbols) {
  return Interpreter(algebra, program, table, operations, symbols).run_function(id);
}

}  // namespace costscan::source::count
