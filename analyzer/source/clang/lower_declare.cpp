// Local variables.
#include "source/clang/lowering.hpp"

namespace costscan::source::front {

void Lowering::push_declaration(VariableId id, std::optional<Expr> init, CXCursor at, std::vector<Stmt>& out) const {
  Stmt stmt = start(StmtKind::declare, at);
  stmt.variable = id;
  stmt.has_expr = init.has_value();
  if (init) stmt.expr = std::move(*init);
  out.push_back(std::move(stmt));
}

void Lowering::declare(CXCursor variable, std::vector<Stmt>& out) {
  const CXCursor init = ast_.c.clang_Cursor_getVarDeclInitializer(variable);
  const CXType type = ast_.plain_type(variable);
  if (ast_.c.clang_Cursor_hasVarDeclGlobalStorage(variable) == 1) {
    global(variable);  // static or extern: initialised once, outside what a call costs
    return;
  }
  std::vector<Stmt>* outer = std::exchange(prelude_, &out);
  const bool given = ast_.c.clang_Cursor_isNull(init) == 0;
  const CXCursor inner = given ? bare(ast_, init) : init;
  if (given && ast_.kind(inner) == CXCursor_LambdaExpr) {
    bound_[ast_.key(variable)] = lambda(inner, ast_.spelling(variable));
  } else if (ast_.is_plain_record(type)) {
    declare_record(variable, init, out);
  } else if (given && unit_.passing(definition_, variable) == Passing::pointed) {
    const Object target = pointed_object(init);
    if (target.leaves) {
      bound_[ast_.key(variable)] = target;  // another name for the record pointed to
    } else {
      declare_scalar(variable, init, out);
    }
  } else {
    declare_scalar(variable, init, out);
  }
  prelude_ = outer;
}

void Lowering::declare_scalar(CXCursor variable, CXCursor init, std::vector<Stmt>& out) {
  Variable entry = variable_of(variable);
  const Type type = entry.type;
  const bool reference = entry.is_reference;
  std::optional<Expr> value;
  if (ast_.c.clang_Cursor_isNull(init) == 0) {
    value = expression(init);
    if (!reference && type.kind != TypeKind::container && value->kind != ExprKind::list) {
      value = converted(std::move(*value), type, entry.at);
    }
  }
  const VariableId id = add_variable(std::move(entry));
  const Location at = ast_.location(variable);
  bound_[ast_.key(variable)] = Object{make_variable(id, type, at), std::nullopt};
  push_declaration(id, std::move(value), variable, out);
}

void Lowering::declare_record(CXCursor variable, CXCursor init, std::vector<Stmt>& out) {
  Variable entry = variable_of(variable);
  const CXType type = ast_.plain_type(variable);
  const bool given = ast_.c.clang_Cursor_isNull(init) == 0;
  std::optional<Object> value;
  if (given) value = object(init);
  if (value && value->leaves && entry.is_reference) {
    bound_[ast_.key(variable)] = *value;
    return;
  }
  if (value && value->whole) {
    const VariableId id = add_variable(entry);
    bound_[ast_.key(variable)] = Object{make_variable(id, entry.type, entry.at), std::nullopt};
    return push_declaration(id, std::move(value->whole), variable, out);
  }
  Object target = add_leaves(entry.name + ".", type, entry, false);
  for (std::size_t i = 0; i < target.leaves->size(); ++i) {
    std::optional<Expr> member;
    if (value && value->leaves && i < value->leaves->size()) member = (*value->leaves)[i].second;
    if (member && member->kind == ExprKind::unsupported && member->name.empty()) member.reset();  // left uninitialised
    push_declaration((*target.leaves)[i].second.variable, std::move(member), variable, out);
  }
  bound_[ast_.key(variable)] = std::move(target);
}

/// auto [a, b] = record or array: a variable for each, or (auto&) another name for each.
void Lowering::structured_binding(CXCursor cursor, std::vector<Stmt>& out) {
  const std::vector<CXCursor> value = expression_children(cursor);
  if (value.empty()) return unsupported_statement(cursor, "structured binding: " + ast_.text(cursor), out);
  std::vector<Stmt>* outer = std::exchange(prelude_, &out);
  bind_parts(cursor, object(value.back()), out);
  prelude_ = outer;
}

void Lowering::bind_parts(CXCursor cursor, const Object& whole, std::vector<Stmt>& out) {
  const CXType written = ast_.c.clang_getCursorType(cursor);
  const CXType type = ast_.plain_type(written);
  const Location at = ast_.location(cursor);
  std::vector<CXCursor> names;
  for (const CXCursor& child : ast_.children(cursor)) {
    if (ast_.kind(child) == CXCursor_UnexposedDecl) names.push_back(child);
  }
  const std::vector<CXCursor> fields = ast_.fields(type);
  const bool record = ast_.is_plain_record(type) && fields.size() == names.size();
  if (!record && ast_.type(type).kind != TypeKind::array) {
    return unsupported_statement(cursor, "structured binding of " + ast_.type(type).name, out);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    Object part;
    if (record) {
      part = member_of(whole, ast_.spelling(fields[i]), ast_.c.clang_getCursorType(fields[i]), at);
    } else {
      const Expr base = as_value(whole, cursor);
      const Expr index = make_integer(static_cast<std::int64_t>(i), size_type(), at);
      part.whole = make(ExprKind::subscript, element_of(base.type), at, {base, index});
    }
    if (!ast_.is_reference(written) && part.whole) {
      Variable variable = variable_of(names[i]);
      const Type part_type = variable.type;
      const VariableId id = add_variable(std::move(variable));
      push_declaration(id, std::move(part.whole), names[i], out);
      part.whole = make_variable(id, part_type, at);
    }
    bound_[ast_.key(names[i])] = std::move(part);
  }
}

}  // namespace costscan::source::front
