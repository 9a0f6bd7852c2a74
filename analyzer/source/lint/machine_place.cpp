// Where values are stored: the places that expressions name, and what assignments put there.
#include <algorithm>
#include <utility>

#include "model/checked_math.hpp"
#include "source/lint/machine.hpp"

namespace costscan::source::linting {

Place Machine::element(const Place& base, const Value& index, const Type& type) const {
  Place out = base;
  out.varies |= index.varies;
  const auto bytes = index.known ? checked_mul(index.integer, stride_of(type)) : std::nullopt;
  const auto offset = bytes ? checked_add(base.offset, *bytes) : std::nullopt;
  out.known = base.known && offset.has_value();
  if (offset) out.offset = *offset;
  return out;
}

Place Machine::place(const Expr& expr) {
  if (stopped()) return {};
  const auto behind = [this](const Expr& pointer) {
    const Value value = eval(pointer);
    return Place{value.object, value.known, value.integer, value.varies};
  };
  const auto indirect = [&](const Expr& base) {
    const TypeKind kind = base.type.kind;
    const bool direct = (kind == TypeKind::array || kind == TypeKind::container) && base.kind != ExprKind::call;
    return direct ? place(base) : behind(base);
  };
  switch (expr.kind) {
    case ExprKind::variable: {
      return place_of(expr.variable);
    }
    case ExprKind::subscript: {
      if (expr.args.size() < 2) return {};
      const Place base = indirect(expr.args[0]);
      return element(base, eval(expr.args[1]), expr.type);
    }
    case ExprKind::dereference: return expr.args.empty() ? Place{} : indirect(expr.args.front());
    case ExprKind::member: {
      if (expr.args.empty()) return {};
      const Expr& object = expr.args.front();
      const Place whole = object.type.kind == TypeKind::pointer ? behind(object) : place(object);
      if (whole.object == no_object || !whole.known) return whole;
      // Member x of all elements of one array lies in one object, at the elements' own offsets.
      return Place{part({whole.object, 0}, expr.name), true, whole.offset, whole.varies};
    }
    case ExprKind::convert: return expr.args.empty() ? Place{} : place(expr.args.front());
    case ExprKind::assign:
    case ExprKind::increment: {
      const std::size_t mark = pending_.size();
      static_cast<void>(eval(expr, true));
      pending_.resize(std::min(mark, pending_.size()));
      return expr.args.empty() ? Place{} : place(expr.args.front());
    }
    case ExprKind::conditional: {
      if (expr.args.size() < 3) return {};
      const Value condition = truth(eval(expr.args[0]));
      if (condition.known) return place(expr.args[condition.integer != 0 ? 1 : 2]);
      const Place a = place(expr.args[1]);
      const Place b = place(expr.args[2]);
      return Place{a.object == b.object ? a.object : no_object, false, 0, a.varies | b.varies};
    }
    case ExprKind::call: {
      const Value value = call(expr);
      return Place{value.object, value.kind == ValueKind::pointer && value.known, value.integer, value.varies};
    }
    default: {
      static_cast<void>(eval_all(expr));
      return {};
    }
  }
}

Value Machine::eval_assign(const Expr& expr, bool discarded) {
  if (expr.args.size() < 2) return eval_all(expr);
  const Expr& target = expr.args[0];
  const std::size_t mark = pending_.size();
  Value value = eval(expr.args[1]);
  const Place to = place(target);
  if (target.type.kind == TypeKind::container || target.type.kind == TypeKind::array) {
    settle(mark);
    if (value.object != no_object) escape(value.object, false);
    if (to.object != no_object) renew(to.object, Contents::input, expr.at);
    return {};
  }
  StoreNote note{&expr.at, nullptr, target.type.kind == TypeKind::floating, false, false};
  if (expr.op != Operator::none) {
    const Value old = read(to, target.type);
    value = compute(expr.op, old, value, target.type, target.type);
  }
  if (value.kind != ValueKind::pointer || target.type.kind != TypeKind::pointer) value.kind = kind_of(target.type);
  if (target.type.kind == TypeKind::integer && value.known) value.integer = wrapped(value.integer, target.type);
  write(to, value, mark, note);
  if (!discarded && to.object != no_object && to.known) {
    const Cell* cell = memory_.find({to.object, to.offset});
    pending_.push_back({{to.object, to.offset}, cell != nullptr ? cell->write : nothing});
  }
  return value;
}

Value Machine::eval_increment(const Expr& expr, bool discarded) {
  const Expr& target = expr.args.front();
  const std::size_t mark = pending_.size();
  const Place to = place(target);
  const Value old = read(to, target.type);
  Value value = compute(Operator::add, old, known_integer(expr.integer), target.type, target.type);
  value.kind = old.kind;
  write(to, value, mark, {&expr.at, nullptr, target.type.kind == TypeKind::floating, false, false});
  if (!discarded && to.object != no_object && to.known) {
    const Cell* cell = memory_.find({to.object, to.offset});
    pending_.push_back({{to.object, to.offset}, cell != nullptr ? cell->write : nothing});
  }
  return expr.prefix ? value : old;
}

/// An array's or container's initialiser: the elements listed, zero for the rest.
void Machine::initialise(const Place& target, const Expr& list, const Type& type) {
  if (target.object == no_object || !type.element) return;
  Type inner = *type.element;
  if (type.kind == TypeKind::array && type.extents.size() > 1) {
    inner = type;
    inner.extents.erase(inner.extents.begin());
  }
  for (std::size_t at = 0; at < list.args.size(); ++at) {
    const Place to = element(target, known_integer(static_cast<std::int64_t>(at)), inner);
    const Expr& item = list.args[at];
    if (item.kind == ExprKind::list && inner.kind == TypeKind::array) {
      initialise(to, item, inner);
      continue;
    }
    const std::size_t mark = pending_.size();
    const Value value = eval(item);
    if (value.literal && value.kind != ValueKind::integer) {
      settle(mark);
    } else {
      write(to, value, mark, {&item.at, nullptr, inner.kind == TypeKind::floating, false, false});
    }
  }
}

}  // namespace costscan::source::linting
