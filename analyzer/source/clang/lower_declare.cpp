// Local variables.
#include <algorithm>
#include <array>

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

namespace {

/// The allocation that a pointer starts with, through the casts around it; a null cursor where it is none.
CXCursor allocation_in(const Ast& ast, CXCursor init) {
  constexpr std::array allocators{"malloc", "calloc", "aligned_alloc", "_mm_malloc", "alloca", "__builtin_alloca"};
  for (CXCursor at = init; ast.c.clang_Cursor_isNull(at) == 0;) {
    at = bare(ast, at);
    const CXCursorKind kind = ast.kind(at);
    if (kind == CXCursor_CXXNewExpr) return at;
    if (kind == CXCursor_CallExpr) {
      const std::string name = ast.spelling(at);
      return std::ranges::find(allocators, name) != allocators.end() ? at : ast.c.clang_getNullCursor();
    }
    const std::vector<CXCursor> inner = ast.children(at);
    const bool cast = kind == CXCursor_CStyleCastExpr || kind == CXCursor_CXXStaticCastExpr ||
                      kind == CXCursor_CXXReinterpretCastExpr;
    if (!cast || inner.empty()) break;
    at = inner.back();
  }
  return ast.c.clang_getNullCursor();
}

}  // namespace

/// float* t = new float[n], or by malloc: an array of the function's own, as a container would be.
bool Lowering::declare_allocated(CXCursor variable, CXCursor init, std::vector<Stmt>& out) {
  Variable entry = variable_of(variable);
  const CXCursor call = allocation_in(ast_, init);
  if (entry.type.kind != TypeKind::pointer || ast_.c.clang_Cursor_isNull(call) != 0) return false;
  const Location at = ast_.location(variable);
  const Type element = element_of(entry.type);
  Expr value = make(ExprKind::list, entry.type, at);
  value.name = ast_.kind(call) == CXCursor_CXXNewExpr ? "new" : ast_.spelling(call);
  std::vector<CXCursor> sizes = ast_.kind(call) == CXCursor_CXXNewExpr ? expression_children(call) : arguments_of(call);
  if (value.name == "new" && sizes.size() != 1) return false;  // a single object, or one with initial values
  const bool alignment_first = value.name == "aligned_alloc";
  if (!sizes.empty()) {
    Expr size = expression(alignment_first ? sizes.back() : sizes.front());
    if (value.name == "calloc" || value.name == "new" || element.bits == 0) {
      value.args.push_back(converted(std::move(size), size_type(), at));
    } else {
      // malloc counts in bytes.
      const Type type = size.type;
      value.args.push_back(
          make_binary(Operator::divide, type, at, std::move(size), make_integer(element.bits / 8, size_type(), at)));
    }
  }
  entry.type.kind = TypeKind::container;
  value.type = entry.type;
  const Type type = entry.type;
  const VariableId id = add_variable(std::move(entry));
  bound_[ast_.key(variable)] = Object{make_variable(id, type, at), std::nullopt};
  push_declaration(id, std::move(value), variable, out);
  return true;
}

void Lowering::declare_scalar(CXCursor variable, CXCursor init, std::vector<Stmt>& out) {
  if (ast_.c.clang_Cursor_isNull(init) == 0 && declare_allocated(variable, init, out)) return;
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
  const bool copied = value && value->whole && !entry.is_reference && value->whole->kind != ExprKind::call &&
                      value->whole->kind != ExprKind::conditional && value->whole->kind != ExprKind::unsupported;
  if (copied) value = Object{std::nullopt, leaves_of(*value, type, entry.at)};  // each member is read once
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
