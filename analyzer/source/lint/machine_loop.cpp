// Loops: executed iteration by iteration; where data decide how often, a few times.
#include <algorithm>
#include <utility>

#include "model/checked_math.hpp"
#include "source/lint/machine.hpp"

namespace costscan::source::linting {
namespace {

/// Iterations of a loop whose number depends on data: enough to tell the first, a middle and the last one apart.
constexpr std::int64_t guessed_trips = 4;

void collect_assigned(const Expr& expr, std::vector<VariableId>& out) {
  if ((expr.kind == ExprKind::assign || expr.kind == ExprKind::increment) && !expr.args.empty()) {
    const Expr& target = without_conversions(expr.args.front());
    if (target.kind == ExprKind::variable) out.push_back(target.variable);
  }
  for (const Expr& arg : expr.args) collect_assigned(arg, out);
}

void collect_assigned(const std::vector<Stmt>& body, std::vector<VariableId>& out) {
  for (const Stmt& stmt : body) {
    collect_assigned(stmt.expr, out);
    for (const Expr& step : stmt.step) collect_assigned(step, out);
    for (const auto* part : {&stmt.init, &stmt.body, &stmt.otherwise}) collect_assigned(*part, out);
  }
}

/// i += 4, i++, i = i + 4, with a constant: what it adds to `variable`.
std::optional<std::int64_t> step_of(const Expr& expr, VariableId variable) {
  const auto is_variable = [variable](const Expr& part) {
    const Expr& inner = without_conversions(part);
    return inner.kind == ExprKind::variable && inner.variable == variable;
  };
  if (expr.kind == ExprKind::sequence) {
    for (const Expr& part : expr.args) {
      if (const auto step = step_of(part, variable)) return step;
    }
    return std::nullopt;
  }
  if (expr.args.empty() || !is_variable(expr.args.front())) return std::nullopt;
  if (expr.kind == ExprKind::increment) return expr.integer;
  if (expr.kind != ExprKind::assign || expr.args.size() < 2) return std::nullopt;
  const auto literal = [](const Expr& part) -> std::optional<std::int64_t> {
    const Expr& inner = without_conversions(part);
    return inner.kind == ExprKind::integer_literal ? std::optional(inner.integer) : std::nullopt;
  };
  const Expr& value = without_conversions(expr.args[1]);
  if (expr.op == Operator::add) return literal(value);
  if (expr.op == Operator::subtract) {
    const auto back = literal(value);
    return back ? std::optional(negated(*back)) : std::nullopt;
  }
  const bool sum = expr.op == Operator::none && value.kind == ExprKind::binary && value.args.size() == 2;
  if (sum && value.op == Operator::add && is_variable(value.args[0])) return literal(value.args[1]);
  return std::nullopt;
}

Operator mirrored(Operator op) {
  switch (op) {
    case Operator::less: return Operator::greater;
    case Operator::less_equal: return Operator::greater_equal;
    case Operator::greater: return Operator::less;
    case Operator::greater_equal: return Operator::less_equal;
    default: return op;
  }
}

}  // namespace

const std::vector<VariableId>& Machine::assigned_in(const Stmt& stmt) {
  const auto [at, added] = assigned_.try_emplace(&stmt);
  if (added) {
    std::vector<VariableId>& out = at->second;
    collect_assigned(stmt.expr, out);
    for (const Expr& step : stmt.step) collect_assigned(step, out);
    collect_assigned(stmt.body, out);
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
  }
  return at->second;
}

/// The loop's variable, where its number of iterations follows from its head: for (...; i < n; i += 4).
const std::optional<Machine::Header>& Machine::header_of(const Stmt& stmt) {
  const auto [at, added] = headers_.try_emplace(&stmt);
  if (!added) return at->second;
  const Expr& condition = without_conversions(stmt.expr);
  if (!stmt.has_expr || condition.kind != ExprKind::binary || condition.args.size() != 2) return at->second;
  for (const bool flipped : {false, true}) {
    const Expr& counter = without_conversions(condition.args[flipped ? 1 : 0]);
    if (counter.kind != ExprKind::variable) continue;
    std::vector<VariableId> in_body;
    collect_assigned(stmt.body, in_body);
    const auto writes = std::ranges::count(in_body, counter.variable);
    std::optional<std::int64_t> step;
    for (const Expr& each : stmt.step) {
      if (!step && writes == 0) step = step_of(each, counter.variable);
    }
    for (const Stmt& each : stmt.body) {
      const bool plain = each.kind == StmtKind::expression && writes == 1 && stmt.step.empty();
      if (!step && plain) step = step_of(each.expr, counter.variable);
    }
    if (!step || *step == 0) continue;
    at->second = Header{counter.variable, *step, flipped ? mirrored(condition.op) : condition.op,
                        &condition.args[flipped ? 0 : 1]};
    return at->second;
  }
  return at->second;
}

/// From the loop's head alone, before its first iteration.
std::optional<std::int64_t> Machine::trips(const Stmt& stmt, bool& sampled) {
  const auto& header = header_of(stmt);
  if (!header) return std::nullopt;
  const std::size_t mark = pending_.size();
  const Place at = place_of(header->variable);
  const Type& type = function().variables[static_cast<std::size_t>(header->variable)].type;
  const Value first = read(at, type);
  const Value bound = eval(*header->bound);
  pending_.resize(std::min(mark, pending_.size()));
  sampled = first.sampled || bound.sampled;
  if (!first.known || !bound.known || first.kind != ValueKind::integer || bound.kind != ValueKind::integer) {
    return std::nullopt;
  }
  const bool up = header->step > 0;
  const bool inclusive = header->op == Operator::less_equal || header->op == Operator::greater_equal;
  const bool heads_there = up ? header->op == Operator::less || header->op == Operator::less_equal
                              : header->op == Operator::greater || header->op == Operator::greater_equal;
  if (!heads_there && header->op != Operator::not_equal) return std::nullopt;
  const auto distance =
      up ? checked_add(bound.integer, negated(first.integer)) : checked_add(first.integer, negated(bound.integer));
  if (!distance) return std::nullopt;
  const std::int64_t span = checked_add(*distance, inclusive ? 1 : 0).value_or(INT64_MAX);
  const std::int64_t step = up ? header->step : negated(header->step);
  return span <= 0 ? 0 : (span - 1) / step + 1;
}

/// Integers that the loop changes differ with its iterations, the first one included.
void Machine::carry(const Stmt& stmt) {
  const LevelMask bit = level_bit(trace_.iterations[static_cast<std::size_t>(iteration_)].depth);
  for (const VariableId id : assigned_in(stmt)) {
    const Place at = place_of(id);
    if (at.object == no_object || !at.known) continue;
    const Cell* cell = memory_.find({at.object, at.offset});
    if (cell == nullptr || cell->value.kind == ValueKind::data) continue;
    Cell moved = *cell;
    moved.value = seen_from_here(*cell);
    moved.value.varies |= bit;
    moved.iteration = iteration_;
    memory_.set({at.object, at.offset}, moved);
  }
}

void Machine::forget_integers(const Stmt& stmt) {
  for (const VariableId id : assigned_in(stmt)) {
    const Place at = place_of(id);
    if (at.object == no_object || !at.known) continue;
    const Cell* cell = memory_.find({at.object, at.offset});
    if (cell == nullptr || cell->value.kind != ValueKind::integer || !cell->value.known) continue;
    Cell unknown = *cell;
    unknown.value.known = false;
    unknown.value.loaded = true;
    memory_.set({at.object, at.offset}, unknown);
  }
}

/// Whether another iteration begins; nothing: data decide, and have decided often enough.
std::optional<bool> Machine::goes_on(const Stmt& stmt, std::int64_t done, LoopFacts& facts, bool& maybe_left) {
  if (!stmt.has_expr) return true;
  const std::size_t mark = pending_.size();
  const Value condition = eval(stmt.expr);
  settle(mark);
  facts.sampled = facts.sampled || condition.sampled;
  if (condition.known && condition.kind == ValueKind::integer) return condition.integer != 0;
  facts.guessed = true;
  // A counted loop to a bound that is not known still runs all of its iterations; another may end at any time.
  if (!header_of(stmt)) maybe_left = true;
  return done < guessed_trips ? std::optional(true) : std::nullopt;
}

Machine::Flow Machine::run_loop(const Stmt& stmt) {
  Flow out;
  for (const Stmt& init : stmt.init) {
    const Flow flow = run(init);
    static_cast<void>(flow);
  }
  const int outside = iteration_;
  const int entry = ++entries_;
  LoopFacts facts = trace_.loops[&stmt];
  facts.function = &function();
  bool bound_sampled = false;
  const auto counted = trips(stmt, bound_sampled);
  facts.sampled = facts.sampled || bound_sampled;
  const bool shortened = options_.most_iterations && !options_.whole.contains(&stmt);
  bool maybe_left = false;
  std::int64_t done = 0;
  std::size_t first_write = trace_.writes.size();
  const auto enter = [&] {
    iteration_ = static_cast<int>(trace_.iterations.size());
    trace_.iterations.push_back(
        {outside, trace_.iterations[static_cast<std::size_t>(outside)].depth + 1, entry, &stmt, done});
    carry(stmt);
  };
  while (!stopped()) {
    if (done > 0 || stmt.kind == StmtKind::loop) {
      const auto on = goes_on(stmt, done, facts, maybe_left);
      if (!on || !*on) break;
    }
    if (shortened && done >= *options_.most_iterations) break;
    enter();
    const Flow flow = run(stmt.body);
    ++done;
    out.returns = out.returns || flow.returns;
    if (!flow.falls && !flow.next) {
      out.falls = flow.leaves;
      if (flow.leaves && flow.returns) maybe_left = true;
      break;
    }
    if (flow.leaves || flow.returns || maybe_left) {
      // What the loop has made so far may be what is used after it.
      maybe_left = true;
      use_writes_since(first_write);
      first_write = trace_.writes.size();
    }
    for (const Expr& step : stmt.step) {
      const std::size_t mark = pending_.size();
      static_cast<void>(eval(step, true));
      settle(mark);
    }
  }
  iteration_ = outside;
  if (maybe_left) {
    use_writes_since(first_write);
    forget_integers(stmt);
    facts.guessed = true;
  }
  facts.most_trips = std::max({facts.most_trips, done, counted.value_or(0)});
  facts.executed_trips = std::max(facts.executed_trips, done);
  trace_.loops[&stmt] = facts;
  return out;
}

}  // namespace costscan::source::linting
