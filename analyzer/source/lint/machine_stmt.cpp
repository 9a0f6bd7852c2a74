// Statements. Both sides of a condition on data are followed from the same state, and joined.
#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include "source/lint/machine.hpp"

namespace costscan::source::linting {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool names(const std::string& text, const std::string& word) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const bool starts = at == 0 || !is_word(text[at - 1]);
    const bool ends = at + word.size() == text.size() || !is_word(text[at + word.size()]);
    if (starts && ends) return true;
  }
  return false;
}

/// An array from the heap, or a std::array without an initialiser: it has elements, but they have no values yet.
bool leaves_unset(const Expr& initialiser) {
  constexpr std::array<std::string_view, 6> names_of_memory{"new",        "malloc", "aligned_alloc",
                                                            "_mm_malloc", "alloca", "__builtin_alloca"};
  if (initialiser.kind != ExprKind::list) return false;
  if (initialiser.name == "std::array") return initialiser.args.empty();
  return std::ranges::find(names_of_memory, initialiser.name) != names_of_memory.end();
}

}  // namespace

/// Code that is not understood uses what it names.
void Machine::use_names_in(const std::string& text) {
  const Function& owner = function();
  for (std::size_t id = 0; id < owner.variables.size(); ++id) {
    const Place at = frame().places[id];
    if (at.object == no_object || !names(text, owner.variables[id].name)) continue;
    const Cell* cell = at.known ? memory_.find({at.object, at.offset}) : nullptr;
    const int pointed = cell != nullptr && cell->value.kind == ValueKind::pointer ? cell->value.object : no_object;
    if (pointed != no_object) {
      escape(pointed, true);
    } else {
      escape(at.object, true);
    }
  }
}

Machine::Flow Machine::run(const std::vector<Stmt>& body, std::size_t from) {
  Flow total;
  for (std::size_t at = from; at < body.size(); ++at) {
    if (stopped()) return total;
    const Flow flow = run(body[at]);
    total.leaves = total.leaves || flow.leaves;
    total.next = total.next || flow.next;
    total.returns = total.returns || flow.returns;
    total.falls = flow.falls;
    if (!flow.falls) return total;
    if (!flow.jumps() || at + 1 == body.size()) continue;
    // The rest happens only where nothing jumped.
    const std::size_t log = memory_.begin();
    // After a check that returns, what follows is the rule.
    const int conditions = flow.leaves || flow.next ? 1 : 0;
    conditions_ += conditions;
    const Flow rest = run(body, at + 1);
    conditions_ -= conditions;
    merge(memory_.undo(log), {}, Value{});
    total.leaves = total.leaves || rest.leaves;
    total.next = total.next || rest.next;
    total.returns = total.returns || rest.returns;
    total.falls = rest.falls;
    return total;
  }
  return total;
}

Machine::Flow Machine::run(const Stmt& stmt) {
  Flow out;
  const std::size_t mark = pending_.size();
  switch (stmt.kind) {
    case StmtKind::expression:
      static_cast<void>(eval(stmt.expr, true));
      settle(mark);
      return out;
    case StmtKind::declare: run_declare(stmt); return out;
    case StmtKind::block: return run(stmt.body);
    case StmtKind::branch: return run_branch(stmt);
    case StmtKind::loop:
    case StmtKind::loop_post: return run_loop(stmt);
    case StmtKind::give_back: {
      out.falls = false;
      out.returns = true;
      if (!stmt.has_expr) return out;
      const Value value = eval(stmt.expr, false);
      if (value.object != no_object && value.kind == ValueKind::pointer) escape(value.object, false);
      if (frame().depth == 0) settle(mark);
      Value& result = frame().result ? *frame().result : frame().result.emplace(value);
      if (result.kind == ValueKind::integer && result.known && result.integer == value.integer) return out;
      const Value both = joined(result, value);
      const bool same = result.kind == ValueKind::pointer && result.object == value.object;
      if (!same || result.integer != value.integer) {
        result = both;
        result.error = std::max(result.error, value.error);
        result.chain = std::max(result.chain, value.chain);
      }
      return out;
    }
    case StmtKind::leave:
      out.falls = false;
      out.leaves = true;
      return out;
    case StmtKind::next:
      out.falls = false;
      out.next = true;
      return out;
    case StmtKind::unsupported: use_names_in(stmt.text); return out;
  }
  return out;
}

void Machine::run_declare(const Stmt& stmt) {
  if (stmt.variable == no_variable) return;
  const Variable& variable = function().variables[static_cast<std::size_t>(stmt.variable)];
  const std::size_t mark = pending_.size();
  const TypeKind kind = variable.type.kind;
  if (variable.is_reference && stmt.has_expr) {
    Place to = place(without_conversions(stmt.expr));
    if (to.object == no_object) {  // bound to a temporary
      to = {add_object(variable, function(), Contents::constant, false), true, 0, 0};
      memory_.set({to.object, 0}, Cell{eval(stmt.expr), nothing, iteration_});
    }
    frame().places[static_cast<std::size_t>(stmt.variable)] = to;
    settle(mark);
    return;
  }
  const Place to = place_of(stmt.variable);
  if (kind == TypeKind::array || kind == TypeKind::container) {
    const bool filled = stmt.has_expr ? !leaves_unset(stmt.expr) : kind == TypeKind::container;
    renew(to.object, filled ? Contents::constant : Contents::unset, stmt.at);
    if (!stmt.has_expr) return;
    if (stmt.expr.kind == ExprKind::list && stmt.expr.name.empty()) {
      initialise(to, stmt.expr, variable.type);
    } else {
      const Value source = eval(stmt.expr);
      settle(mark);
      if (source.kind == ValueKind::pointer && source.object != no_object) {
        escape(source.object, false);
        memory_.object(to.object).contents = memory_.object(source.object).contents;
      }
    }
    return;
  }
  if (!stmt.has_expr) {
    renew(to.object, kind == TypeKind::opaque ? Contents::constant : Contents::unset, stmt.at);
    return;
  }
  Value value = eval(stmt.expr);
  if (value.kind != ValueKind::pointer || kind != TypeKind::pointer) value.kind = kind_of(variable.type);
  if (kind == TypeKind::integer && variable.type.lanes == 1) {
    // int tiles = get_arg(0): a size that the source does not tell, as a parameter's.
    const bool from_call = without_conversions(stmt.expr).kind == ExprKind::call;
    if (!value.known && from_call && !value.loaded) value = symbol(variable.dim_name, variable.name);
    if (value.origin < 0 && value.known) value.origin = name(variable.name);
  }
  write(to, value, mark, {&stmt.at, nullptr, kind == TypeKind::floating, true, false});
}

Machine::Flow Machine::run_branch(const Stmt& stmt) {
  const std::size_t mark = pending_.size();
  const Value condition = truth(eval(stmt.expr));
  settle(mark);
  bool known = condition.known;
  bool taken = condition.integer != 0;
  const bool fresh = condition.loaded && condition.carried == 0 && !condition.opaque;
  const bool assumed = !known && fresh && options_.conditions != DataConditions::both;
  if (assumed) {
    known = true;
    taken = options_.conditions == DataConditions::always_true;
  }
  if (!known) return run_both(stmt, condition);
  if (assumed) ++conditions_;
  const Flow out = run(taken ? stmt.body : stmt.otherwise);
  if (assumed) --conditions_;
  return out;
}

Machine::Flow Machine::run_both(const Stmt& stmt, const Value& condition) {
  ++conditions_;
  const auto follow = [this](const std::vector<Stmt>& body) {
    const std::size_t log = memory_.begin();
    const Flow flow = run(body);
    return std::pair(flow, memory_.undo(log));
  };
  // What a path that leaves has made may be used where it goes.
  const auto keep = [this](const Flow& flow, const std::vector<CellChange>& changes) {
    if (flow.falls) return;
    for (const CellChange& change : changes) {
      if (change.cell) use(change.cell->write);
    }
  };
  const auto [then_flow, then_changes] = follow(stmt.body);
  const auto [else_flow, else_changes] = follow(stmt.otherwise);
  --conditions_;
  keep(then_flow, then_changes);
  keep(else_flow, else_changes);
  if (then_flow.falls && else_flow.falls) merge(then_changes, else_changes, condition);
  if (then_flow.falls != else_flow.falls) {
    for (const CellChange& change : then_flow.falls ? then_changes : else_changes) {
      if (change.cell) memory_.set(change.key, *change.cell);
    }
  }
  Flow out;
  out.falls = then_flow.falls || else_flow.falls;
  out.leaves = then_flow.leaves || else_flow.leaves;
  out.next = then_flow.next || else_flow.next;
  out.returns = then_flow.returns || else_flow.returns;
  return out;
}

}  // namespace costscan::source::linting
