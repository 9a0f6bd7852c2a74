// Loops of the symbolic way: which variables change from iteration to iteration, as which function of the index; how
// often the loop runs; what all iterations cost.
#include <fmt/format.h>

#include <algorithm>

#include "source/count/interpreter.hpp"

namespace costscan::source::count {

void Interpreter::changed_by(const Expr& e, std::set<VariableId>& into) {
  const auto target = [&](const Expr& expression) {
    const Expr* at = &expression;
    while ((at->kind == ExprKind::convert || at->kind == ExprKind::member) && !at->args.empty()) at = &at->args[0];
    if (at->kind == ExprKind::variable && at->variable >= 0) into.insert(at->variable);
  };
  if (e.kind == ExprKind::assign || e.kind == ExprKind::increment || e.kind == ExprKind::address_of) target(e.args[0]);
  if (e.kind == ExprKind::call) {
    for (std::size_t i = 0; i < e.args.size(); ++i) {
      if (e.callee >= 0 && static_cast<std::size_t>(e.callee) < program_.functions.size()) {
        const Function& callee = program_.functions[static_cast<std::size_t>(e.callee)];
        const bool reference = i < callee.parameters.size() &&
                               callee.variables[static_cast<std::size_t>(callee.parameters[i])].is_reference;
        if (reference) target(e.args[i]);
      } else if (e.args[i].kind == ExprKind::variable && is_scalar(e.args[i].type) && listed(e) == nullptr) {
        target(e.args[i]);  // an unknown function may take it by reference
      }
    }
  }
  for (const Expr& arg : e.args) changed_by(arg, into);
}

void Interpreter::changed_by(const Stmt& statement, std::set<VariableId>& into) {
  if (statement.has_expr) changed_by(statement.expr, into);
  for (const Expr& step : statement.step) changed_by(step, into);
  for (const auto* list : {&statement.init, &statement.body, &statement.otherwise}) {
    for (const Stmt& inner : *list) changed_by(inner, into);
  }
}

std::vector<Interpreter::Head> Interpreter::heads_of(const Stmt& statement) {
  std::set<VariableId> changed;
  changed_by(statement, changed);
  std::vector<Head> heads;
  for (const VariableId id : changed) {
    PlaceT where;
    where.kind = PlaceT::Kind::variable;
    where.frame = frame_index();
    where.variable = id;
    while (where.kind == PlaceT::Kind::variable && slot(where).alias) where = slot(where).target;
    if (where.kind != PlaceT::Kind::variable) continue;
    const auto same = [&](const Head& head) { return head.where == where; };
    if (std::any_of(heads.begin(), heads.end(), same)) continue;
    const SlotT& now = slot(where);
    Head head;
    head.where = where;
    head.before = now.value;
    head.atom = algebra_.loop("?");
    if (now.value.kind != ValueT::Kind::data) heads.push_back(std::move(head));
  }
  return heads;
}

/// One iteration: condition, body and step; `live_` is 1 at its start.
Interpreter::LoopState Interpreter::iterate(const Stmt& statement) {
  loops_.emplace_back();
  loops_.back().under_data = under_data_;
  const int line = line_;
  if (statement.kind == StmtKind::loop && statement.has_expr) (void)eval(statement.expr);
  executed(statement);
  run(statement.body);
  if (frames_.size() == 1) line_ = line;
  LoopState state = std::move(loops_.back());
  loops_.pop_back();
  for (auto& [holds, frames] : state.at_next) {
    frames_ = live_.zero() ? std::move(frames) : mixed(holds, frames, frames_);
    live_ = live_ + holds;
  }
  if (state.data_exit || !state.continues.zero()) live_ = 1;  // all that did not leave goes on
  for (const Expr& step : statement.step) (void)eval(step);
  if (statement.kind == StmtKind::loop_post && statement.has_expr) (void)eval(statement.expr);
  return state;
}

void Interpreter::look_at_iteration(const Stmt& statement, std::vector<Head>& heads) {
  const Frames before = frames_;
  Poly live = 1;
  std::swap(live, live_);
  const bool maybe = maybe_;
  PolyCounters counters;
  std::swap(counters, counters_);
  ++dry_;
  for (const Head& head : heads) {
    Poly stands;
    stands.terms[{{head.atom, 1}}] = Rational{1, 1};
    slot(head.where).value = with_part(head.before, stands);
    if (head.before.kind == ValueT::Kind::number) slot(head.where).value.truth = false;
  }
  (void)iterate(statement);
  for (Head& head : heads) head.after = slot(head.where).value;
  --dry_;
  std::swap(counters, counters_);
  std::swap(live, live_);
  maybe_ = maybe;
  frames_ = before;
}

/// `p` with the heads' values at iteration `at`; nullopt where one of them is not solved.
std::optional<Poly> Interpreter::in_solved(const Poly& p, const std::vector<Head>& heads, AtomId t, const Poly& at) {
  Poly out = p;
  for (const Head& head : heads) {
    if (!algebra_.depends(out, head.atom)) continue;
    if (!head.at) return std::nullopt;
    out = algebra_.substitute(out, head.atom, algebra_.substitute(*head.at, t, at));
  }
  return out;
}

bool Interpreter::solve_one(Head& head, const std::vector<Head>& heads, AtomId t) {
  Poly index;
  index.terms[{{t, 1}}] = Rational{1, 1};
  const Poly& start = part(head.before);
  const Poly& end = part(head.after);
  Poly stands;
  stands.terms[{{head.atom, 1}}] = Rational{1, 1};
  if (!algebra_.depends(end, head.atom)) {  // assigned anew
    const auto former = in_solved(end, heads, t, index - Poly(1));
    head.reassigned = true;
    if (!former) return false;
    if (*former == start) {
      head.at = start;
    } else {
      const Poly first = algebra_.equals_zero(index);
      head.at = first * start + (Poly(1) - first) * *former;
    }
    return true;
  }
  if (const auto line = linear_in(algebra_, end, head.atom); line && line->rest.zero()) {
    const auto ratio = integer_value(line->slope);
    if (ratio && *ratio >= 2) {  // doubled, ...
      head.at = start * algebra_.power_of(*ratio, index);
      return true;
    }
  }
  if (end.terms.size() == 1 && end.terms.begin()->first.size() == 1) {
    const Atom atom = algebra_.atom(end.terms.begin()->first[0].atom);
    const auto divisor = integer_value(atom.b);
    if (atom.kind == AtomKind::floor_quotient && atom.a == stands && divisor &&
        end.terms.begin()->second == Rational{1, 1}) {
      head.at = algebra_.floor_quotient(start, algebra_.power_of(*divisor, index));  // halved, ...
      return true;
    }
  }
  const Poly change = end - stands;
  if (algebra_.depends(change, head.atom)) return false;
  const AtomId before_t = algebra_.loop("u");
  Poly earlier;
  earlier.terms[{{before_t, 1}}] = Rational{1, 1};
  const auto per_iteration = in_solved(change, heads, t, earlier);
  if (!per_iteration || algebra_.unknown(*per_iteration)) return false;
  head.at = start + (algebra_.depends(*per_iteration, before_t) ? sums_.sum(*per_iteration, before_t, index)
                                                                : *per_iteration * index);
  return true;
}

void Interpreter::solve(std::vector<Head>& heads, AtomId t) {
  for (bool progress = true; progress;) {
    progress = false;
    for (Head& head : heads) {
      const bool comparable =
          head.after.kind == head.before.kind &&
          (head.after.kind != ValueT::Kind::address ||
           (head.after.place.array == head.before.place.array && head.after.place.outer == head.before.place.outer &&
            head.after.place.kind == PlaceT::Kind::memory));
      if (!head.at && comparable && solve_one(head, heads, t)) progress = true;
    }
  }
}

void Interpreter::set_heads(const std::vector<Head>& heads, AtomId t, const Poly& at) {
  for (const Head& head : heads) {
    ValueT& value = slot(head.where).value;
    if (head.at) {
      value = with_part(head.before, algebra_.substitute(*head.at, t, at));
      if (value.kind == ValueT::Kind::number && !head.reassigned) value.truth = false;
    } else if (head.after.kind == ValueT::Kind::data) {
      value = data();
    } else {
      const std::string name =
          program_.functions[static_cast<std::size_t>(frames_[static_cast<std::size_t>(head.where.frame)].function)]
              .variables[static_cast<std::size_t>(head.where.variable)]
              .name;
      value = with_part(head.before, algebra_.opaque(fmt::format("line {}: how {} changes", line_, name)));
    }
  }
}

void Interpreter::loop(const Stmt& statement) {
  run(statement.init);
  if (dead()) return;
  const int line = line_;
  // Named by what it counts: the variable that the condition or the step speaks of.
  std::vector<Head> heads = heads_of(statement);
  std::string name = "t";
  for (const Stmt& start : statement.init) {
    if (start.kind == StmtKind::declare && start.variable >= 0) name = variable(start.variable).name;
  }
  const AtomId t = algebra_.loop(name);
  look_at_iteration(statement, heads);
  solve(heads, t);
  Trips trips = trips_of(statement, heads, t);
  line_ = line;
  run_loop(statement, heads, t, std::move(trips));
}

void Interpreter::run_loop(const Stmt& statement, std::vector<Head>& heads, AtomId t, Trips trips) {
  const Frames before = frames_;
  const Poly entered = live_;
  const bool maybe = maybe_;
  const int line = line_;
  const bool bounded = trips.count.has_value();
  Poly count = trips.count.value_or(algebra_.opaque(trips.text));
  if (dry_ == 0) {
    for (const std::string& symbol : algebra_.symbols(count)) sums_.add_size(symbol);
  }
  Poly index;
  index.terms[{{t, 1}}] = Rational{1, 1};
  PolyCounters outside;
  LoopState state;
  bool lost = false;
  std::size_t accesses = result_.accesses.size();
  for (int attempt = 0;; ++attempt) {
    frames_ = before;
    line_ = line;
    outside = std::exchange(counters_, {});
    around_.emplace_back(entered, maybe);
    nest_.emplace_back(t, count);
    sums_.enter(t, count);
    set_heads(heads, t, index);
    live_ = 1;
    maybe_ = trips.by_data && statement.kind == StmtKind::loop;
    if (maybe_ && statement.has_expr) {  // the condition itself is evaluated for sure
      maybe_ = false;
      const Frames kept = frames_;
      (void)eval(statement.expr);
      PolyCounters condition = std::exchange(counters_, {});
      frames_ = kept;
      maybe_ = true;
      state = iterate(statement);
      for (const auto& [key, bounds] : condition) counters_[key].lower += bounds.lower;
    } else {
      state = iterate(statement);
    }
    sums_.leave();
    nest_.pop_back();
    around_.pop_back();
    live_ = entered;
    maybe_ = maybe;
    const Poly leaves = state.breaks + state.returns;
    if (leaves.zero() || attempt > 0) break;
    const auto first = first_where(leaves, t);
    lost = true;
    counters_ = std::move(outside);
    if (!first) {
      result_.gaps.insert(fmt::format("line {}: when this loop is left early", statement.at.line));
      count = bounded ? count : algebra_.opaque(fmt::format("line {}: when this loop ends", statement.at.line));
      outside = std::exchange(counters_, {});
      break;
    }
    if (!state.returns.zero()) result_.gaps.insert(fmt::format("line {}: a return inside a loop", statement.at.line));
    count = bounded || trips.count ? smallest(count, *first + Poly(1)) : *first + Poly(1);
    result_.accesses.resize(accesses);
  }
  const Frames at_end = frames_;
  PolyCounters iteration = std::exchange(counters_, std::move(outside));
  const bool by_data = trips.by_data || state.data_exit;
  if (trips.by_data && !bounded && !lost && dry_ == 0) {
    result_.unknown.insert(trips.text);
    result_.unknown_everywhere = true;
  }
  if (by_data) {
    for (std::size_t i = accesses; i < result_.accesses.size(); ++i) result_.accesses[i].perhaps = true;
    for (auto& conditions : result_.decided) {
      if (dry_ == 0 && trips.by_data) conditions.insert(trips.text);
    }
  }
  sum_up(iteration, t, count, by_data);
  frames_ = before;
  after_loop(statement, heads, t, count, lost || by_data, at_end);
  if (state.data_return) maybe_ = true;
}

void Interpreter::sum_up(const PolyCounters& iteration, AtomId t, const Poly& count, bool by_data) {
  for (const auto& [key, bounds] : iteration) {
    PolyBounds& into = counters_[key];
    const Poly upper = sums_.sum(bounds.upper, t, count) * live_;
    into.upper += upper;
    if (maybe_) continue;
    if (!by_data) {
      into.lower += bounds.lower == bounds.upper ? upper : sums_.sum(bounds.lower, t, count) * live_;
      continue;
    }
    // Data may end it in its first iteration.
    const Poly first = algebra_.substitute(bounds.lower, t, 0);
    if (first.zero()) continue;
    const Poly some = count - Poly(1);
    const bool surely = sums_.nonnegative(some) || (live_ == Poly(1) && around_.empty() && sums_.assume(some));
    into.lower += first * (surely ? Poly(1) : sums_.at_least_zero(some)) * live_;
  }
}

void Interpreter::after_loop(const Stmt& statement, const std::vector<Head>& heads, AtomId t, const Poly& count,
                             bool lost, const Frames& at_end) {
  if (lost) {
    for (const Head& head : heads) slot(head.where).value = data();
    return;
  }
  set_heads(heads, t, count);
  for (const Head& head : heads) {
    if (head.at || !head.reassigned || head.before.kind != head.after.kind) continue;
    // What the last iteration left, where there surely was one.
    const ValueT& last =
        at_end[static_cast<std::size_t>(head.where.frame)].slots[static_cast<std::size_t>(head.where.variable)].value;
    if (last.kind == ValueT::Kind::data || !sums_.nonnegative(count - Poly(1))) continue;
    slot(head.where).value = with_part(last, algebra_.substitute(part(last), t, count - Poly(1)));
  }
  if (statement.kind == StmtKind::loop && statement.has_expr) (void)eval(statement.expr);
}

void Interpreter::leave() {
  if (loops_.empty()) return;
  LoopState& state = loops_.back();
  if (maybe_ || under_data_ > state.under_data) {
    state.data_exit = true;
  } else {
    state.breaks += live_;
  }
  live_ = 0;
}

void Interpreter::next() {
  if (loops_.empty()) return;
  LoopState& state = loops_.back();
  if (maybe_ || under_data_ > state.under_data) {
    // The rest of the iteration may be skipped; the branch that joins sets maybe_.
    state.continues += live_;
  } else {
    state.continues += live_;
    state.at_next.emplace_back(live_, frames_);
  }
  live_ = 0;
}

}  // namespace costscan::source::count
