#include "source/clang/unit.hpp"

#include <algorithm>

namespace costscan::source::front {
namespace {

/// Whether a pointer parameter is used for anything but p->member, (*p).member and handing it on.
bool used_as_array(const Ast& ast, CXCursor at, CXCursor parent, CXCursor grandparent, DeclKey parameter) {
  if (ast.kind(at) == CXCursor_DeclRefExpr && ast.key(ast.referenced(at)) == parameter) {
    const CXCursorKind above = ast.kind(parent);
    if (above == CXCursor_MemberRefExpr || above == CXCursor_CallExpr) return false;
    if (above == CXCursor_UnaryOperator && ast.c.clang_getCursorUnaryOperatorKind(parent) == CXUnaryOperator_Deref) {
      return ast.kind(grandparent) != CXCursor_MemberRefExpr;
    }
    return true;
  }
  const CXCursorKind kind = ast.kind(at);
  // What wraps without meaning does not count as a level.
  const bool wraps = kind == CXCursor_UnexposedExpr || kind == CXCursor_ParenExpr;
  for (const CXCursor& child : ast.children(at)) {
    if (used_as_array(ast, child, wraps ? parent : at, wraps ? grandparent : parent, parameter)) return true;
  }
  return false;
}

}  // namespace

FunctionId Unit::request(CXCursor declaration) {
  const DeclKey key = ast.key(declaration);
  if (const auto known = ids_.find(key); known != ids_.end()) return known->second;
  CXCursor definition = ast.c.clang_getCursorDefinition(declaration);
  if (ast.c.clang_Cursor_isNull(definition) != 0) definition = declaration;
  if (ast.in_system_header(definition) || ast.c.clang_Cursor_isNull(body_of(ast, definition)) != 0) return no_function;
  const auto id = static_cast<FunctionId>(program.functions.size());
  ids_.emplace(key, id);
  Function function;
  function.name = ast.qualified_name(definition, true);
  function.at = ast.location(definition);
  function.listed = ast.in_main_file(definition);
  const CXCursor parent = ast.c.clang_getCursorSemanticParent(definition);
  if (const auto lambda = lambdas.find(ast.key(parent)); lambda != lambdas.end()) {
    function.name = lambda->second.name;
    function.listed = false;  // its cost is that of the functions that call it
  }
  program.functions.push_back(std::move(function));
  waiting_.emplace_back(definition, id);
  return id;
}

bool Unit::next(CXCursor& definition, FunctionId& id) {
  if (waiting_.empty()) return false;
  std::tie(definition, id) = waiting_.front();
  waiting_.pop_front();
  return true;
}

void Unit::add_unsupported(const Location& at, std::string what, FunctionId function) {
  const auto same = [&](const Unsupported& each) {
    return each.at == at && each.what == what && each.function == function;
  };
  if (std::ranges::none_of(program.unsupported, same)) program.unsupported.push_back({at, std::move(what), function});
}

Passing Unit::passing(CXCursor definition, CXCursor parameter) {
  const CXType type = ast.plain_type(parameter);
  if (ast.is_plain_record(type)) {
    return lambdas.contains(ast.key(ast.c.clang_getTypeDeclaration(type))) ? Passing::whole : Passing::flat;
  }
  if (type.kind != CXType_Pointer || !ast.is_plain_record(ast.c.clang_getPointeeType(type))) return Passing::whole;
  const DeclKey key = ast.key(parameter);
  if (const auto known = passing_.find(key); known != passing_.end()) return known->second;
  const CXCursor none = ast.c.clang_getNullCursor();
  const bool array = used_as_array(ast, body_of(ast, definition), none, none, key);
  return passing_.emplace(key, array ? Passing::whole : Passing::pointed).first->second;
}

std::vector<CXCursor> parameters_of(const Ast& ast, CXCursor function) {
  std::vector<CXCursor> out;
  for (const CXCursor& child : ast.children(function)) {
    if (ast.kind(child) == CXCursor_ParmDecl) out.push_back(child);
  }
  return out;
}

CXCursor body_of(const Ast& ast, CXCursor function) {
  for (const CXCursor& child : ast.children(function)) {
    if (ast.kind(child) == CXCursor_CompoundStmt || ast.kind(child) == CXCursor_CXXTryStmt) return child;
  }
  return ast.c.clang_getNullCursor();
}

CXType class_of(const Ast& ast, CXCursor method) {
  return ast.c.clang_getCursorType(ast.c.clang_getCursorSemanticParent(method));
}

bool is_instance_method(const Ast& ast, CXCursor function) {
  const CXCursorKind kind = ast.kind(function);
  if (kind == CXCursor_Constructor || kind == CXCursor_Destructor || kind == CXCursor_ConversionFunction) return true;
  return kind == CXCursor_CXXMethod && ast.c.clang_CXXMethod_isStatic(function) == 0;
}

CXCursor bare(const Ast& ast, CXCursor cursor) {
  for (;;) {
    const CXCursorKind kind = ast.kind(cursor);
    if (kind != CXCursor_UnexposedExpr && kind != CXCursor_ParenExpr) return cursor;
    const std::vector<CXCursor> inner = ast.children(cursor);
    if (inner.size() != 1) return cursor;
    cursor = inner.front();
  }
}

}  // namespace costscan::source::front
