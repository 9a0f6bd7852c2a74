#include <algorithm>
#include <limits>

#include "source/clang/lowering.hpp"

namespace costscan::source::front {

Expr make(ExprKind kind, Type type, Location at, std::vector<Expr> args) {
  Expr out;
  out.kind = kind;
  out.type = std::move(type);
  out.at = std::move(at);
  out.args = std::move(args);
  return out;
}

Expr make_integer(std::int64_t value, Type type, Location at) {
  Expr out = make(ExprKind::integer_literal, std::move(type), std::move(at));
  out.integer = value;
  return out;
}

Expr make_binary(Operator op, Type type, Location at, Expr left, Expr right) {
  std::vector<Expr> args;
  args.reserve(2);
  args.push_back(std::move(left));
  args.push_back(std::move(right));
  Expr out = make(ExprKind::binary, std::move(type), std::move(at), std::move(args));
  out.op = op;
  return out;
}

Expr make_variable(VariableId id, Type type, Location at) {
  Expr out = make(ExprKind::variable, std::move(type), std::move(at));
  out.variable = id;
  return out;
}

Type int_type() {
  Type type;
  type.kind = TypeKind::integer;
  type.bits = 32;
  type.is_signed = true;
  type.name = "int";
  return type;
}

Type size_type() {
  Type type;
  type.kind = TypeKind::integer;
  type.bits = 64;
  type.name = "size_t";
  return type;
}

Type bool_type() {
  Type type;
  type.kind = TypeKind::boolean;
  type.bits = 8;
  type.name = "bool";
  return type;
}

namespace {

bool is_number(const Type& type) {
  return type.kind == TypeKind::boolean || type.kind == TypeKind::integer || type.kind == TypeKind::floating;
}

bool same_number(const Type& a, const Type& b) {
  return a.kind == b.kind && a.bits == b.bits && a.lanes == b.lanes &&
         (a.kind != TypeKind::integer || a.is_signed == b.is_signed);
}

/// The innermost numbers that a pointer, array or container leads to; none where it is something else.
const Type* pointed(const Type& type) { return type.element == nullptr ? nullptr : type.element.get(); }

bool same_memory(const Type& from, const Type& to) {
  const Type* a = pointed(from);
  const Type* b = pointed(to);
  if (a == nullptr || b == nullptr) return true;
  if (b->kind == TypeKind::none) return true;  // void* says less, not something else
  if (a->kind == TypeKind::none) return false;
  if (a->kind == TypeKind::array && b->kind != TypeKind::array) return same_memory(*a, to);
  if (b->kind == TypeKind::array && a->kind != TypeKind::array) return same_memory(from, *b);
  if (is_number(*a) && is_number(*b)) return same_number(*a, *b);
  if (a->kind != b->kind) return false;
  if (a->kind == TypeKind::record || a->kind == TypeKind::opaque) return a->name == b->name || b->name.empty();
  return same_memory(*a, *b);
}

bool holds(const Type& type, std::int64_t value) {
  if (type.kind != TypeKind::integer) return false;
  if (type.bits >= 64) return type.is_signed || value >= 0;
  if (!type.is_signed) return value >= 0 && value < (std::int64_t{1} << type.bits);
  const std::int64_t limit = std::int64_t{1} << (type.bits - 1);
  return value >= -limit && value < limit;
}

bool is_address(const Type& type) {
  return type.kind == TypeKind::pointer || type.kind == TypeKind::array || type.kind == TypeKind::container;
}

}  // namespace

Expr converted(Expr expr, const Type& to, const Location& at) {
  if (to.kind == TypeKind::none) return expr;  // a value that is thrown away
  if (expr.kind == ExprKind::integer_literal && expr.type.lanes == 1 && to.lanes == 1 && holds(to, expr.integer)) {
    expr.type = to;
    return expr;
  }
  if (is_number(expr.type) && is_number(to) && same_number(expr.type, to)) return expr;
  // Arrays and containers stand for the address of their first element.
  if (is_address(expr.type) && is_address(to) && same_memory(expr.type, to)) return expr;
  const auto whole = [](const Type& type) {
    return type.kind == TypeKind::record || type.kind == TypeKind::opaque || type.kind == TypeKind::none;
  };
  if (whole(to)) return expr;
  std::vector<Expr> args;
  args.push_back(std::move(expr));
  return make(ExprKind::convert, to, at, std::move(args));
}

Type element_of(const Type& type) {
  if (type.kind == TypeKind::array && type.extents.size() > 1) {
    Type inner = type;
    inner.extents.erase(inner.extents.begin());
    inner.name.clear();
    return inner;
  }
  if (type.lanes > 1) {
    Type lane = type;
    lane.lanes = 1;
    lane.name.clear();
    return lane;
  }
  return type.element == nullptr ? Type{} : *type.element;
}

Expr size_of(const Expr& container, const Location& at) {
  if (container.type.kind == TypeKind::array && !container.type.extents.empty() &&
      container.type.extents.front() >= 0) {
    return make_integer(container.type.extents.front(), size_type(), at);
  }
  return make(ExprKind::size_of_container, size_type(), at, {container});
}

}  // namespace costscan::source::front
