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

}  // namespace costscan::source::front
