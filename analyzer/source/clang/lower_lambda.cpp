// Lambdas as functions that get what they capture as leading parameters.
#include <algorithm>

#include "source/clang/lowering.hpp"

namespace costscan::source::front {

void Lowering::find_captures(CXCursor at, std::vector<DeclKey>& declared, Captures& captures) const {
  const CXCursorKind kind = ast_.kind(at);
  if (kind == CXCursor_VarDecl || kind == CXCursor_ParmDecl) declared.push_back(ast_.key(at));
  if (kind == CXCursor_CXXThisExpr) captures.object = true;
  if (kind == CXCursor_MemberRefExpr && ast_.kind(ast_.referenced(at)) == CXCursor_FieldDecl &&
      expression_children(at).empty()) {
    captures.object = true;
  }
  if (kind == CXCursor_DeclRefExpr) {
    const CXCursor variable = ast_.referenced(at);
    const CXCursorKind what = ast_.kind(variable);
    const bool local = (what == CXCursor_VarDecl && ast_.c.clang_Cursor_hasVarDeclGlobalStorage(variable) != 1) ||
                       what == CXCursor_ParmDecl;
    const auto same = [&](const CXCursor& each) { return ast_.key(each) == ast_.key(variable); };
    const CXType type = ast_.c.clang_getCanonicalType(ast_.c.clang_getCursorType(at));
    const bool constant = ast_.c.clang_isConstQualifiedType(type) != 0 && ast_.integer(at).has_value();
    if (local && !constant && std::ranges::find(declared, ast_.key(variable)) == declared.end() &&
        std::ranges::none_of(captures.variables, same)) {
      captures.variables.push_back(variable);
    }
  }
  for (const CXCursor& child : ast_.children(at)) find_captures(child, declared, captures);
}

Object Lowering::lambda(CXCursor cursor, const std::string& name) {
  const Location at = ast_.location(cursor);
  const CXCursor closure = ast_.c.clang_getTypeDeclaration(ast_.plain_type(cursor));
  const DeclKey key = ast_.key(closure);
  auto known = unit_.lambdas.find(key);
  if (known == unit_.lambdas.end()) {
    Captures captures;
    captures.name = function_.name + "::" + name;
    std::vector<DeclKey> declared;
    // Explicit captures are references to variables, not uses; the body says what is used.
    for (const CXCursor& child : ast_.children(cursor)) find_captures(child, declared, captures);
    if (captures.object) {
      captures.object = this_.has_value();
      captures.object_type = this_type_;
    }
    known = unit_.lambdas.emplace(key, std::move(captures)).first;
  }
  Leaves out;
  const Captures captures = known->second;
  if (captures.object && this_ && this_->leaves) out = *this_->leaves;
  for (const CXCursor& variable : captures.variables) {
    auto bound = bound_.find(ast_.key(variable));
    if (bound == bound_.end()) {  // [x = value]
      const CXCursor init = ast_.c.clang_Cursor_getVarDeclInitializer(variable);
      const bool given = ast_.c.clang_Cursor_isNull(init) == 0;
      const Object value = given ? object(init) : Object{unsupported(cursor, "capture of a lambda"), std::nullopt};
      bound = bound_.emplace(ast_.key(variable), value).first;
    }
    if (bound->second.whole) {
      out.emplace_back(ast_.spelling(variable), *bound->second.whole);
    } else {
      for (const auto& leaf : *bound->second.leaves) out.push_back(leaf);
    }
  }
  for (auto& [path, leaf] : out) leaf.at = at;
  return {std::nullopt, std::move(out)};
}

}  // namespace costscan::source::front
