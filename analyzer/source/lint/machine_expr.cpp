// Expressions: integers are computed, of data the provenance is.
#include <algorithm>
#include <utility>

#include "model/checked_math.hpp"
#include "source/lint/machine.hpp"

namespace costscan::source::linting {
namespace {

bool is_comparison(Operator op) { return op >= Operator::less && op <= Operator::not_equal; }

bool is_logical(Operator op) { return op == Operator::logical_and || op == Operator::logical_or; }

/// C's arithmetic on two known integers; nothing where it is undefined or leaves 64 bits.
std::optional<std::int64_t> computed(Operator op, std::int64_t a, std::int64_t b) {
  constexpr std::int64_t widest_shift = 62;
  switch (op) {
    case Operator::add: return checked_add(a, b);
    case Operator::subtract: return b == INT64_MIN ? std::nullopt : checked_add(a, -b);
    case Operator::multiply: return checked_mul(a, b);
    case Operator::divide:
      return b == 0 || b == -1 ? (b == 0 || a == INT64_MIN ? std::nullopt : std::optional(-a)) : std::optional(a / b);
    case Operator::remainder: return b == 0 ? std::nullopt : std::optional(b == -1 ? 0 : a % b);
    case Operator::shift_left: return b < 0 || b > widest_shift ? std::nullopt : checked_mul(a, std::int64_t{1} << b);
    case Operator::shift_right: return b < 0 || b > widest_shift ? std::nullopt : std::optional(a >> b);
    case Operator::bit_and: return a & b;
    case Operator::bit_or: return a | b;
    case Operator::bit_xor: return a ^ b;
    case Operator::less: return a < b;
    case Operator::less_equal: return a <= b;
    case Operator::greater: return a > b;
    case Operator::greater_equal: return a >= b;
    case Operator::equal: return a == b;
    case Operator::not_equal: return a != b;
    default: return std::nullopt;
  }
}

const Type& element_type(const Type& type) {
  static const Type unknown{};
  return type.element ? *type.element : unknown;
}

}  // namespace

Value Machine::eval(const Expr& expr, bool discarded) {
  if (stopped()) return {};
  switch (expr.kind) {
    case ExprKind::integer_literal: {
      Value out = known_integer(expr.integer);
      out.literal = true;
      if (!expr.name.empty()) out.origin = name(expr.name);
      return out;
    }
    case ExprKind::floating_literal:
    case ExprKind::string_literal: {
      Value out;
      out.kind = ValueKind::data;
      out.literal = true;
      return out;
    }
    case ExprKind::variable:
    case ExprKind::subscript:
    case ExprKind::dereference:
    case ExprKind::member: {
      const Place from = place(expr);
      const bool whole = expr.type.kind == TypeKind::array || expr.type.kind == TypeKind::container;
      if (!whole) return read(from, expr.type);
      Value out;
      out.kind = ValueKind::pointer;
      out.known = from.known && from.object != no_object;
      out.object = from.object;
      out.integer = from.offset;
      out.varies = from.varies;
      return out;
    }
    case ExprKind::unary: return eval_unary(expr);
    case ExprKind::binary: return eval_binary(expr);
    case ExprKind::assign: return eval_assign(expr, discarded);
    case ExprKind::increment: return eval_increment(expr, discarded);
    case ExprKind::conditional: return eval_conditional(expr);
    case ExprKind::convert: return eval_convert(expr);
    case ExprKind::address_of: {
      const Place at = expr.args.empty() ? Place{} : place(expr.args.front());
      Value out;
      out.kind = ValueKind::pointer;
      out.known = at.known && at.object != no_object;
      out.object = at.object;
      out.integer = at.offset;
      out.varies = at.varies;
      return out;
    }
    case ExprKind::size_of_container: {
      if (expr.args.empty()) return {};
      const Expr& container = without_conversions(expr.args.front());
      if (container.kind != ExprKind::variable) return eval_all(expr);
      const Variable& variable = function().variables[static_cast<std::size_t>(container.variable)];
      const Place at = place_of(container.variable);
      const ObjectFacts& facts = trace_.objects[static_cast<std::size_t>(at.object)];
      // A reference parameter of a followed function has the size of what it is bound to.
      const std::string& dim = facts.name == variable.name ? variable.dim_name : facts.name;
      return symbol(dim + "_size", facts.name);
    }
    case ExprKind::call: return call(expr);
    case ExprKind::sequence: {
      Value out;
      for (std::size_t at = 0; at < expr.args.size(); ++at) {
        const std::size_t mark = pending_.size();
        const bool last = at + 1 == expr.args.size();
        out = eval(expr.args[at], !last || discarded);
        if (!last) settle(mark);
      }
      return out;
    }
    case ExprKind::list: return eval_all(expr);
    case ExprKind::unsupported: {
      const Value out = eval_all(expr);
      use_names_in(expr.name + " " + expr.text);
      return out;
    }
  }
  return {};
}

/// A value made of all arguments, in a way that is not looked into.
Value Machine::eval_all(const Expr& expr) {
  Value out;
  bool first = true;
  for (const Expr& arg : expr.args) {
    const Value value = eval(arg);
    out = first ? value : joined(out, value);
    first = false;
  }
  if (expr.args.empty()) out.literal = true;
  out.kind = kind_of(expr.type);
  out.known = false;
  out.object = no_object;
  return out;
}

/// Memory of the function's own is there; a pointer from outside may be null.
Value Machine::not_null(const Value& pointer) const {
  Value out = known_integer(1);
  const bool inside = pointer.known && pointer.object != no_object;
  out.known = inside && trace_.objects[static_cast<std::size_t>(pointer.object)].local;
  return out;
}

Value Machine::truth(const Value& condition) const {
  return condition.kind == ValueKind::pointer ? not_null(condition) : condition;
}

Value Machine::eval_unary(const Expr& expr) {
  Value out = eval(expr.args.front());
  if (expr.op == Operator::negate && out.known) out.integer = negated(out.integer);
  if (expr.op == Operator::bit_not && out.known) out.integer = ~out.integer;
  if (expr.op == Operator::logical_not) {
    if (out.kind == ValueKind::pointer) out = not_null(out);
    out.kind = ValueKind::integer;
    if (out.known) out.integer = out.integer == 0 ? 1 : 0;
  }
  out.origin = -1;
  return out;
}

Value Machine::compute(Operator op, const Value& a, const Value& b, const Type& type, const Type& operand) {
  Value out = joined(a, b);
  if (a.kind == ValueKind::pointer || b.kind == ValueKind::pointer) {
    const bool both = a.kind == ValueKind::pointer && b.kind == ValueKind::pointer;
    if (both) {
      out.kind = ValueKind::integer;
      out.known = a.known && b.known && a.object == b.object;
      const auto result = out.known ? computed(op, a.integer, b.integer) : std::nullopt;
      out.known = result.has_value();
      if (result)
        out.integer =
            op == Operator::subtract ? *result / std::max<std::int64_t>(1, stride_of(element_type(operand))) : *result;
      return out;
    }
    const Value& pointer = a.kind == ValueKind::pointer ? a : b;
    const Value& index = a.kind == ValueKind::pointer ? b : a;
    if (is_comparison(op)) {  // with null
      out = not_null(pointer);
      out.integer = op == Operator::not_equal ? 1 : 0;
      return out;
    }
    out.kind = ValueKind::pointer;
    out.object = pointer.object;
    Value signed_index = index;
    if (op == Operator::subtract) signed_index.integer = negated(index.integer);
    const Place at = element({pointer.object, pointer.known, pointer.integer, pointer.varies}, signed_index,
                             element_type(type.element ? type : operand));
    out.known = at.known;
    out.integer = at.offset;
    return out;
  }
  out.kind = is_comparison(op) || is_logical(op) ? ValueKind::integer : kind_of(type);
  if (a.known && b.known && out.kind == ValueKind::integer) {
    const auto result = computed(op, a.integer, b.integer);
    out.known = result.has_value();
    if (result) out.integer = wrapped(*result, type);
    return out;
  }
  if (is_comparison(op) || is_logical(op)) return out;
  const bool additive = op == Operator::add || op == Operator::subtract;
  // Sums of loaded integers are mostly positions (start + length): only other arithmetic is work on data.
  out.arithmetic = out.arithmetic || out.kind != ValueKind::integer || !additive || a.arithmetic || b.arithmetic;
  const double unit = unit_roundoff(type);
  // Where the term depends on earlier sums too, old errors fade or feed back (averages, filters): n*u is not their
  // bound.
  const bool feedback = (a.fed & b.fed) != 0;
  if (additive && unit > 0 && !feedback) {
    out.error = std::max(a.error, b.error) + unit;
    out.chain = std::max(a.chain, b.chain) + 1;
  }
  return out;
}

/// a - b where one sum holds the other: what compensated summation recovers (Kahan, Neumaier).
bool Machine::recovers_error(std::size_t first, std::size_t middle) {
  bool found = false;
  const auto holds = [this](int sum, int part) {
    if (sum == nothing || part == nothing) return false;
    const auto parts = trace_.dependencies_of(trace_.writes[static_cast<std::size_t>(sum)]);
    return std::ranges::find(parts, part) != parts.end();
  };
  for (std::size_t at = first; at < middle; ++at) {
    for (std::size_t to = middle; to < pending_.size(); ++to) {
      if (!holds(pending_[at].write, pending_[to].write) && !holds(pending_[to].write, pending_[at].write)) continue;
      trace_.compensated.insert(pending_[at].key.object);
      trace_.compensated.insert(pending_[to].key.object);
      found = true;
    }
  }
  return found;
}

Value Machine::eval_binary(const Expr& expr) {
  const std::size_t mark = pending_.size();
  Value a = eval(expr.args[0]);
  if (is_logical(expr.op)) a = truth(a);
  if (is_logical(expr.op) && a.known) {
    const bool decides = (a.integer != 0) == (expr.op == Operator::logical_or);
    if (decides) return a;
    Value b = truth(eval(expr.args[1]));
    if (b.known && b.kind == ValueKind::integer) b.integer = b.integer != 0 ? 1 : 0;
    b.sampled = b.sampled || a.sampled;
    b.varies |= a.varies;
    return b;
  }
  const std::size_t middle = pending_.size();
  Value b = eval(expr.args[1]);
  if (is_logical(expr.op)) b = truth(b);
  // x && 0 and x || 1 are known although x is not.
  if (is_logical(expr.op) && b.known && b.kind == ValueKind::integer &&
      (b.integer != 0) == (expr.op == Operator::logical_or)) {
    return b;
  }
  if (is_logical(expr.op)) {
    Value out = joined(a, b);
    out.kind = ValueKind::integer;
    out.known = false;
    return out;
  }
  const bool recovers =
      expr.op == Operator::subtract && expr.type.kind == TypeKind::floating && recovers_error(mark, middle);
  Value out = compute(expr.op, a, b, expr.type, expr.args[0].type);
  out.recovered = out.recovered || recovers;
  return out;
}

Value Machine::eval_conditional(const Expr& expr) {
  if (expr.args.size() < 3) return eval_all(expr);
  const Value condition = truth(eval(expr.args[0]));
  if (condition.known) {
    Value out = eval(expr.args[condition.integer != 0 ? 1 : 2]);
    if (out.kind == ValueKind::integer || out.kind == ValueKind::pointer) out.varies |= condition.varies;
    out.sampled = out.sampled || condition.sampled;
    return out;
  }
  const Value a = eval(expr.args[1]);
  const Value b = eval(expr.args[2]);
  Value out = joined(a, b);
  out.kind = kind_of(expr.type);
  if (a.known && b.known && a.integer == b.integer && a.object == b.object) {
    out.known = true;
    out.integer = a.integer;
    out.object = a.object;
  }
  out.select = true;
  out.loaded = out.loaded || condition.loaded;
  out.carried |= condition.carried;
  out.varies |= condition.varies;
  out.error = std::max(a.error, b.error);
  out.chain = std::max(a.chain, b.chain);
  return out;
}

Value Machine::eval_convert(const Expr& expr) {
  const Expr& inner = expr.args.front();
  Value out = eval(inner);
  const ValueKind kind = kind_of(expr.type);
  if (kind == ValueKind::integer && out.kind == ValueKind::pointer) {  // a test for null
    return not_null(out);
  }
  if (kind == ValueKind::integer && out.kind == ValueKind::integer) {
    if (out.known) out.integer = wrapped(out.integer, expr.type);
    return out;
  }
  // A sum that is stored in a narrower type is rounded once more.
  const double unit = unit_roundoff(expr.type);
  if (out.chain > 0 && inner.type.kind == TypeKind::floating && unit > unit_roundoff(inner.type)) out.error += unit;
  if (kind == out.kind) return out;
  out.kind = kind;
  if (kind != ValueKind::pointer) out.object = no_object;
  out.known = false;
  return out;
}

}  // namespace costscan::source::linting
