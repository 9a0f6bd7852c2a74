// Expressions: what they cost and, where they are integers or addresses, what they are. Part of walker.hpp.
#pragma once

#include "source/count/walker.hpp"

namespace costscan::source::count {

template <class D, class Num>
Value<Num> Walker<D, Num>::eval(const Expr& e) {
  switch (e.kind) {
    case ExprKind::integer_literal: return number(self().constant(e.integer), e.type.kind == TypeKind::boolean);
    case ExprKind::floating_literal:
    case ExprKind::string_literal: return data();
    case ExprKind::variable:
    case ExprKind::subscript:
    case ExprKind::dereference:
    case ExprKind::member: return load(locate(e), e.type);
    case ExprKind::unary: return eval_unary(e);
    case ExprKind::binary: return eval_binary(e);
    case ExprKind::assign: return eval_assign(e);
    case ExprKind::increment: return eval_increment(e);
    case ExprKind::conditional: return eval_conditional(e);
    case ExprKind::convert: return eval_convert(e);
    case ExprKind::address_of: {
      PlaceT place = locate(e.args[0]);
      if (place.kind == PlaceT::Kind::variable) {  // of an array: its first element
        const ValueT& value = slot(place).value;
        if (value.kind == ValueT::Kind::address && !is_scalar(e.args[0].type) &&
            e.args[0].type.kind != TypeKind::pointer) {
          return value;
        }
      }
      return address(std::move(place));
    }
    case ExprKind::size_of_container: return container_size(e.args[0]);
    case ExprKind::call: return eval_call(e);
    case ExprKind::list:
    case ExprKind::sequence: {
      ValueT last = data();
      for (const Expr& arg : e.args) last = eval(arg);
      return e.kind == ExprKind::sequence || (e.args.size() == 1 && is_scalar(e.type)) ? last : data();
    }
    case ExprKind::unsupported: self().unknown(e.at, e.name); return data();
  }
  return data();
}

/// One operation per lane: FLOPs for floating point, integer operations where the integers are data.
template <class D, class Num>
void Walker<D, Num>::count_operation(const Expr& e, const Type& operands) {
  if (operands.kind == TypeKind::floating) {
    self().emit(Measure::flops, self().constant(operands.lanes));
  } else if (operands.kind == TypeKind::integer && (operands.lanes > 1 || data_operations_.contains(&e))) {
    self().emit(Measure::int_ops, self().constant(operands.lanes));
  }
}

template <class D, class Num>
Value<Num> Walker<D, Num>::eval_unary(const Expr& e) {
  const ValueT arg = eval(e.args[0]);
  const bool literal = e.args[0].kind == ExprKind::floating_literal || e.args[0].kind == ExprKind::integer_literal;
  if (e.op != Operator::logical_not && !literal) count_operation(e, e.type);
  if (arg.kind != ValueT::Kind::number) return e.op == Operator::logical_not ? self().negated(arg) : data();
  const auto out = self().unary(e.op, arg.number);
  return out ? number(*out, e.op == Operator::logical_not) : data();
}

template <class D, class Num>
Value<Num> Walker<D, Num>::moved(const ValueT& pointer, const ValueT& by, std::int64_t sign, const Type& pointer_type) {
  if (pointer.place.kind != PlaceT::Kind::memory) return pointer;
  ValueT out = pointer;
  const Type* element = pointer_type.element.get();
  const std::int64_t stride = element != nullptr ? bytes_of(*element) : 1;
  const Num at = by.kind == ValueT::Kind::number ? by.number : self().unknown_number();
  if (stride == 0) {
    out.place.outer.push_back(at);  // rows of a length that is not known
  } else {
    out.place.offset = offset_by(out.place.offset, at, sign * stride);
  }
  return out;
}

template <class D, class Num>
Value<Num> Walker<D, Num>::arithmetic(const Expr& e, Operator op, const ValueT& a, const ValueT& b) {
  const bool sum = op == Operator::add || op == Operator::subtract;
  if (sum && a.kind == ValueT::Kind::address && b.kind != ValueT::Kind::address) {
    return moved(a, b, op == Operator::add ? 1 : -1, e.args[0].type);
  }
  if (op == Operator::add && b.kind == ValueT::Kind::address) return moved(b, a, 1, e.args[1].type);
  if (a.kind == ValueT::Kind::address && b.kind == ValueT::Kind::address) {
    if (a.place.kind != PlaceT::Kind::memory || a.place.array != b.place.array || a.place.outer != b.place.outer) {
      return data();
    }
    const auto apart = self().binary(Operator::subtract, a.place.offset, b.place.offset);
    if (!apart) return data();
    const Type* element = e.args[0].type.element.get();
    const std::int64_t stride = element != nullptr ? std::max<std::int64_t>(1, bytes_of(*element)) : 1;
    if (op == Operator::subtract) {
      const auto elements = self().binary(Operator::divide, *apart, self().constant(stride));
      return elements ? number(*elements) : data();
    }
    const auto holds = self().binary(op, *apart, self().constant(0));
    return holds && is_comparison(op) ? number(*holds, true) : data();
  }
  if (a.kind != ValueT::Kind::number || b.kind != ValueT::Kind::number) return data();
  if (e.type.kind == TypeKind::floating) return data();
  const auto out = self().binary(op, a.number, b.number);
  return out ? number(*out, is_comparison(op)) : data();
}

template <class D, class Num>
Value<Num> Walker<D, Num>::eval_binary(const Expr& e) {
  if (e.op == Operator::logical_and || e.op == Operator::logical_or) return eval_logical(e);
  const ValueT a = eval(e.args[0]);
  const ValueT b = eval(e.args[1]);
  count_operation(e, is_comparison(e.op) ? e.args[0].type : e.type);
  return arithmetic(e, e.op, a, b);
}

template <class D, class Num>
Value<Num> Walker<D, Num>::eval_logical(const Expr& e) {
  const bool conjunction = e.op == Operator::logical_and;
  const ValueT a = eval(e.args[0]);
  ValueT b = data();
  const auto right = [&] { b = eval(e.args[1]); };
  const auto nothing = [] {};
  if (conjunction) {
    self().branch(a, e.args[0], right, nothing);
  } else {
    self().branch(a, e.args[0], nothing, right);
  }
  return self().logical(conjunction, a, b);
}

template <class D, class Num>
Value<Num> Walker<D, Num>::eval_assign(const Expr& e) {
  const Expr& target = e.args[0];
  if (target.kind == ExprKind::call) self().unknown(e.at, "assignment through a reference that a call returns");
  if (e.op == Operator::none) {
    ValueT value = eval(e.args[1]);
    const PlaceT place = locate(target);
    store(place, value, target.type);
    return value;
  }
  const PlaceT place = locate(target);
  const ValueT before = load(place, target.type);
  const ValueT by = eval(e.args[1]);
  // `n /= 2.5f` divides as float; `x += 1` adds as the target's type.
  const bool floating = e.args[1].type.kind == TypeKind::floating && e.args[1].type.lanes >= target.type.lanes;
  count_operation(e, floating ? e.args[1].type : target.type);
  ValueT value = arithmetic(e, e.op, before, by);
  store(place, value, target.type);
  return value;
}

template <class D, class Num>
Value<Num> Walker<D, Num>::eval_increment(const Expr& e) {
  const Expr& target = e.args[0];
  const PlaceT place = locate(target);
  const ValueT before = load(place, target.type);
  count_operation(e, target.type);
  ValueT after = data();
  if (before.kind == ValueT::Kind::address) {
    after = moved(before, integer(1), e.integer, target.type);
  } else if (before.kind == ValueT::Kind::number) {
    const auto sum = self().binary(Operator::add, before.number, self().constant(e.integer));
    if (sum) after = number(*sum);
  }
  store(place, after, target.type);
  return e.prefix ? after : before;
}

template <class D, class Num>
Value<Num> Walker<D, Num>::eval_convert(const Expr& e) {
  const Type& from = e.args[0].type;
  ValueT value = eval(e.args[0]);
  if (e.type.kind == TypeKind::floating) return data();
  if (e.type.kind == TypeKind::boolean && value.kind == ValueT::Kind::address) return number(self().constant(1), true);
  if (e.type.kind == TypeKind::boolean && value.kind == ValueT::Kind::number && !value.truth) {
    const auto truth = self().binary(Operator::not_equal, value.number, self().constant(0));
    return truth ? number(*truth, true) : data();
  }
  if (e.type.kind == TypeKind::boolean && from.kind == TypeKind::floating) count_operation(e, from);
  return value;
}

template <class D, class Num>
Value<Num> Walker<D, Num>::eval_conditional(const Expr& e) {
  if (ends_program(e.args[1]) || ends_program(e.args[2])) {
    (void)eval(e.args[0]);
    return eval(ends_program(e.args[1]) ? e.args[2] : e.args[1]);
  }
  const ValueT condition = eval(e.args[0]);
  ValueT first = data();
  ValueT second = data();
  const auto then = [&] { first = eval(e.args[1]); };
  const auto otherwise = [&] { second = eval(e.args[2]); };
  self().branch(condition, e.args[0], then, otherwise);
  return self().select(condition, first, second);
}

}  // namespace costscan::source::count
