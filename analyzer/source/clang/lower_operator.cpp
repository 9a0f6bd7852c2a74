// Operators.
#include <algorithm>

#include "source/clang/lowering.hpp"

namespace costscan::source::front {
namespace {

Operator binary_operator(CXBinaryOperatorKind kind) {
  switch (kind) {
    case CXBinaryOperator_Mul:
    case CXBinaryOperator_MulAssign: return Operator::multiply;
    case CXBinaryOperator_Div:
    case CXBinaryOperator_DivAssign: return Operator::divide;
    case CXBinaryOperator_Rem:
    case CXBinaryOperator_RemAssign: return Operator::remainder;
    case CXBinaryOperator_Add:
    case CXBinaryOperator_AddAssign: return Operator::add;
    case CXBinaryOperator_Sub:
    case CXBinaryOperator_SubAssign: return Operator::subtract;
    case CXBinaryOperator_Shl:
    case CXBinaryOperator_ShlAssign: return Operator::shift_left;
    case CXBinaryOperator_Shr:
    case CXBinaryOperator_ShrAssign: return Operator::shift_right;
    case CXBinaryOperator_And:
    case CXBinaryOperator_AndAssign: return Operator::bit_and;
    case CXBinaryOperator_Or:
    case CXBinaryOperator_OrAssign: return Operator::bit_or;
    case CXBinaryOperator_Xor:
    case CXBinaryOperator_XorAssign: return Operator::bit_xor;
    case CXBinaryOperator_LT: return Operator::less;
    case CXBinaryOperator_LE: return Operator::less_equal;
    case CXBinaryOperator_GT: return Operator::greater;
    case CXBinaryOperator_GE: return Operator::greater_equal;
    case CXBinaryOperator_EQ: return Operator::equal;
    case CXBinaryOperator_NE: return Operator::not_equal;
    case CXBinaryOperator_LAnd: return Operator::logical_and;
    case CXBinaryOperator_LOr: return Operator::logical_or;
    default: return Operator::none;
  }
}

}  // namespace

/// a < b by way of a <=> b, as C++20 writes comparisons of iterators.
std::optional<Expr> Lowering::ordering(CXCursor cursor, CXCursor inner) {
  const Operator op = binary_operator(ast_.c.clang_getCursorBinaryOperatorKind(cursor));
  const std::vector<CXCursor> outer = arguments_of(bare(ast_, inner));
  if (op == Operator::none || outer.empty()) return std::nullopt;
  const CXCursor compared = bare(ast_, outer.front());
  const std::vector<CXCursor> operands = arguments_of(compared);
  if (ast_.spelling(compared) != "operator<=>" || operands.size() != 2) return std::nullopt;
  return make_binary(op, bool_type(), ast_.location(cursor), expression(operands[0]), expression(operands[1]));
}

Expr Lowering::unary(CXCursor cursor) {
  const CXUnaryOperatorKind op = ast_.c.clang_getCursorUnaryOperatorKind(cursor);
  const Location at = ast_.location(cursor);
  const std::vector<CXCursor> inner = expression_children(cursor);
  if (inner.size() != 1) return unsupported(cursor, ast_.text(cursor));
  const Type type = ast_.type(cursor);
  if (op == CXUnaryOperator_Deref && ast_.is_plain_record(ast_.c.clang_getCursorType(cursor))) {
    return as_value(object(cursor), cursor);
  }
  if (op == CXUnaryOperator_Coawait) return unsupported(cursor, "coroutine");
  Expr operand = expression(inner.front());
  const bool conjugates = op == CXUnaryOperator_Not && is_complex(inner.front());
  if (op == CXUnaryOperator_Real || op == CXUnaryOperator_Imag || conjugates) {
    const std::string_view name = conjugates ? "conj" : op == CXUnaryOperator_Real ? "real" : "imag";
    return complex_part(cursor, name, std::move(operand));
  }
  switch (op) {
    case CXUnaryOperator_Plus:
    case CXUnaryOperator_Extension: return operand;
    case CXUnaryOperator_PreInc:
    case CXUnaryOperator_PreDec:
    case CXUnaryOperator_PostInc:
    case CXUnaryOperator_PostDec: {
      Expr out = make(ExprKind::increment, type, at, {std::move(operand)});
      out.integer = op == CXUnaryOperator_PreInc || op == CXUnaryOperator_PostInc ? 1 : -1;
      out.prefix = op == CXUnaryOperator_PreInc || op == CXUnaryOperator_PreDec;
      return out;
    }
    case CXUnaryOperator_Deref:
      if (operand.kind == ExprKind::address_of) return std::move(operand.args.front());
      return make(ExprKind::dereference, type, at, {std::move(operand)});
    case CXUnaryOperator_AddrOf:
      if (operand.kind == ExprKind::dereference) return std::move(operand.args.front());
      return make(ExprKind::address_of, type, at, {std::move(operand)});
    case CXUnaryOperator_Minus:
      // -1 and -1.0f are constants, not work.
      if (operand.kind == ExprKind::integer_literal) {
        operand.integer = static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(operand.integer));
        return operand;
      }
      if (operand.kind == ExprKind::floating_literal) {
        operand.real = -operand.real;
        return operand;
      }
      break;
    default: break;
  }
  if (operand.type.kind == TypeKind::opaque) return unsupported(cursor, "arithmetic on " + operand.type.name);
  Expr out = make(ExprKind::unary, type, at, {std::move(operand)});
  out.op = op == CXUnaryOperator_Minus  ? Operator::negate
           : op == CXUnaryOperator_Not  ? Operator::bit_not
           : op == CXUnaryOperator_LNot ? Operator::logical_not
                                        : Operator::none;
  return out.op == Operator::none ? unsupported(cursor, ast_.text(cursor)) : out;
}

Expr Lowering::binary(CXCursor cursor) {
  const CXBinaryOperatorKind kind = ast_.c.clang_getCursorBinaryOperatorKind(cursor);
  const Location at = ast_.location(cursor);
  const Type type = ast_.type(cursor);
  const std::vector<CXCursor> inner = expression_children(cursor);
  if (inner.size() != 2) return unsupported(cursor, ast_.text(cursor));
  const bool assigns = kind >= CXBinaryOperator_Assign && kind <= CXBinaryOperator_OrAssign;
  if (kind == CXBinaryOperator_Assign && ast_.is_plain_record(ast_.c.clang_getCursorType(cursor))) {
    return assigned_record(inner[0], inner[1], at);
  }
  Expr left = expression(inner[0]);
  const Operator op = binary_operator(kind);
  // What stands right of && and || runs only sometimes: nothing of it may be moved in front.
  const bool lazy = op == Operator::logical_and || op == Operator::logical_or;
  std::vector<Stmt>* outer = lazy ? std::exchange(prelude_, nullptr) : prelude_;
  Expr right = expression(inner[1]);
  prelude_ = outer;
  if (kind == CXBinaryOperator_Comma) {
    return make(ExprKind::sequence, type, at, {std::move(left), std::move(right)});
  }
  if (kind == CXBinaryOperator_PtrMemD || kind == CXBinaryOperator_PtrMemI) {
    return unsupported(cursor, "pointer to a member: " + ast_.text(cursor));
  }
  const auto odd = [](const Type& each) { return each.kind == TypeKind::opaque || each.kind == TypeKind::record; };
  if (odd(left.type) || odd(right.type)) {
    if (kind != CXBinaryOperator_Assign) return unsupported(cursor, "arithmetic on " + left.type.name);
  }
  if (is_complex(inner[0]) || is_complex(inner[1])) {
    if (auto known = complex_operator(cursor, op, assigns, left, right)) return *known;
  }
  if (assigns && left.kind == ExprKind::conditional) {  // (c ? a : b) = v
    for (std::size_t i = 1; i < left.args.size(); ++i) {
      Expr each = make(ExprKind::assign, type, at, {std::move(left.args[i]), right});
      each.op = op;
      left.args[i] = std::move(each);
    }
    return left;
  }
  if (assigns) {
    Expr out = make(ExprKind::assign, type, at, {std::move(left), std::move(right)});
    out.op = op;
    return out;
  }
  if (op == Operator::none) return unsupported(cursor, "operator of " + ast_.text(cursor));
  return make_binary(op, type, at, std::move(left), std::move(right));
}

Expr Lowering::assigned_record(CXCursor target, CXCursor value, const Location& at) {
  const CXType type = ast_.c.clang_getCursorType(target);
  const Object to = object(target);
  const Object from = object(value);
  // A call would be repeated for each member; elsewhere it already has a name.
  if (from.whole && from.whole->kind == ExprKind::call) {
    return make(ExprKind::assign, ast_.type(type), at, {as_value(to, target), *from.whole});
  }
  const Leaves targets = leaves_of(to, type, at);
  const Leaves values = leaves_of(from, type, at);
  Expr out = make(ExprKind::sequence, ast_.type(type), at);
  for (std::size_t i = 0; i < targets.size() && i < values.size(); ++i) {
    const Expr& each = targets[i].second;
    out.args.push_back(make(ExprKind::assign, each.type, at, {each, values[i].second}));
  }
  return out;
}

}  // namespace costscan::source::front
