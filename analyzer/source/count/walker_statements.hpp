// Statements other than loops. Part of walker.hpp.
#pragma once

#include "source/count/walker.hpp"

namespace costscan::source::count {

template <class D, class Num>
void Walker<D, Num>::run(const std::vector<Stmt>& statements) {
  for (const Stmt& statement : statements) {
    if (self().dead()) return;
    run(statement);
  }
}

template <class D, class Num>
void Walker<D, Num>::run(const Stmt& statement) {
  // Lines are the entry function's: what its callees cost stands at the call.
  if (frames_.size() == 1 && statement.at.line > 0) line_ = statement.at.line;
  switch (statement.kind) {
    case StmtKind::expression:
      self().executed(statement);
      (void)eval(statement.expr);
      return;
    case StmtKind::declare:
      self().executed(statement);
      declare(statement);
      return;
    case StmtKind::block: run(statement.body); return;
    case StmtKind::branch:
      self().executed(statement);
      branch_statement(statement);
      return;
    case StmtKind::loop:
    case StmtKind::loop_post: self().loop(statement); return;
    case StmtKind::give_back: {
      self().executed(statement);
      std::optional<ValueT> value;
      if (statement.has_expr) value = eval(statement.expr);
      self().give_back(std::move(value));
      return;
    }
    case StmtKind::leave:
      self().executed(statement);
      self().leave();
      return;
    case StmtKind::next:
      self().executed(statement);
      self().next();
      return;
    case StmtKind::unsupported: self().unknown(statement.at, statement.text); return;
  }
}

template <class D, class Num>
void Walker<D, Num>::branch_statement(const Stmt& statement) {
  const bool then_ends = ends_program(statement.body);
  if (then_ends || ends_program(statement.otherwise)) {  // an assertion
    (void)eval(statement.expr);
    run(then_ends ? statement.otherwise : statement.body);
    return;
  }
  const ValueT condition = eval(statement.expr);
  const int line = line_;
  const auto then = [&] { run(statement.body); };
  const auto otherwise = [&] { run(statement.otherwise); };
  self().branch(condition, statement.expr, then, otherwise);
  if (frames_.size() == 1) line_ = line;
}

template <class D, class Num>
void Walker<D, Num>::declare(const Stmt& statement) {
  if (statement.variable < 0) return;
  const Variable& declared = variable(statement.variable);
  const auto at = static_cast<std::size_t>(statement.variable);
  if (declared.is_reference && statement.has_expr) {
    PlaceT target = locate(statement.expr);
    SlotT& to = frame().slots[at];
    to = SlotT{};
    if (target.kind != PlaceT::Kind::none) {
      to.alias = true;
      to.target = std::move(target);
    }
    return;
  }
  frame().slots[at] = fresh_slot(declared, statement.variable);
  if (!statement.has_expr) return;
  const Type& type = declared.type;
  if (type.kind == TypeKind::array || type.kind == TypeKind::container || type.kind == TypeKind::record ||
      type.kind == TypeKind::opaque) {
    if (type.kind == TypeKind::container && statement.expr.kind == ExprKind::list && !statement.expr.args.empty() &&
        !statement.expr.name.empty() && statement.expr.args[0].type.kind == TypeKind::integer) {
      const ValueT size = eval(statement.expr.args[0]);  // std::vector<float> x(n)
      for (std::size_t i = 1; i < statement.expr.args.size(); ++i) (void)eval(statement.expr.args[i]);
      SlotT& to = frame().slots[at];
      to.has_size = size.kind == ValueT::Kind::number;
      if (to.has_size) to.size = size.number;
      return;
    }
    if (statement.expr.kind == ExprKind::list) {
      fill(frame().slots[at].value.place, statement.expr, type);
    } else {
      const ValueT value = eval(statement.expr);
      if (value.kind == ValueT::Kind::address) frame().slots[at].value = value;  // a view (std::span) of an array
    }
    return;
  }
  ValueT value = eval(statement.expr);
  if (type.kind == TypeKind::floating) value = data();
  if (declared.constant && value.kind != ValueT::Kind::number) value = integer(*declared.constant);
  frame().slots[at].value = std::move(value);
}

/// An initialiser list writes each element that it names.
template <class D, class Num>
void Walker<D, Num>::fill(const PlaceT& place, const Expr& list, const Type& type) {
  std::int64_t index = 0;
  Type part = type.element ? *type.element : Type{};
  if (type.kind == TypeKind::array && type.extents.size() > 1) {
    part = type;
    part.extents.erase(part.extents.begin());
  }
  for (const Expr& arg : list.args) {
    PlaceT element = place;
    element.offset = offset_by(place.offset, self().constant(index++), std::max<std::int64_t>(1, bytes_of(part)));
    if (arg.kind == ExprKind::list && (part.kind == TypeKind::array || part.kind == TypeKind::record)) {
      fill(element, arg, part);
      continue;
    }
    (void)eval(arg);
    store(element, data(), is_scalar(part) ? part : arg.type);
  }
}

}  // namespace costscan::source::count
