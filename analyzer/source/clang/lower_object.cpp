// Expressions of record type, member by member where that is known.
#include <algorithm>

#include "source/clang/lowering.hpp"

namespace costscan::source::front {

Object Lowering::object(CXCursor cursor) {
  cursor = bare(ast_, cursor);
  return object_of_kind(cursor);
}

Object Lowering::object_of_kind(CXCursor cursor) {
  const CXCursorKind kind = ast_.kind(cursor);
  const Location at = ast_.location(cursor);
  const CXType type = ast_.c.clang_getCursorType(cursor);
  switch (kind) {
    case CXCursor_DeclRefExpr: {
      const CXCursor declaration = ast_.referenced(cursor);
      const auto known = bound_.find(ast_.key(declaration));
      if (known == bound_.end() && ast_.c.clang_Cursor_hasVarDeclGlobalStorage(declaration) != 1) {
        return {unsupported(cursor, "variable from outside: " + ast_.text(cursor)), std::nullopt};
      }
      Object out = known != bound_.end() ? known->second : global(declaration);
      if (out.whole) out.whole->at = at;
      if (out.leaves) {
        for (auto& [path, leaf] : *out.leaves) leaf.at = at;
      }
      return out;
    }
    case CXCursor_CXXThisExpr:
      return this_ ? *this_ : Object{unsupported(cursor, "this outside a method"), std::nullopt};
    case CXCursor_MemberRefExpr: {
      const CXCursor field = ast_.referenced(cursor);
      if (ast_.kind(field) == CXCursor_VarDecl) {  // a static member
        const auto known = bound_.find(ast_.key(field));
        return known != bound_.end() ? known->second : global(field);
      }
      const std::vector<CXCursor> base = expression_children(cursor);
      if (base.empty() && !this_) return {unsupported(cursor, "member without an object"), std::nullopt};
      const Object owner = base.empty() ? *this_ : pointed_object(base.front());
      return member_of(owner, ast_.spelling(field), ast_.c.clang_getCursorType(field), at);
    }
    case CXCursor_UnaryOperator: {
      const std::vector<CXCursor> inner = expression_children(cursor);
      const CXUnaryOperatorKind op = ast_.c.clang_getCursorUnaryOperatorKind(cursor);
      if (op == CXUnaryOperator_Deref && inner.size() == 1 && ast_.is_plain_record(type)) {
        return pointed_object(inner.front());
      }
      break;
    }
    case CXCursor_CallExpr: return object_of_call(cursor);
    case CXCursor_InitListExpr:
    case CXCursor_CXXParenListInitExpr:
      if (ast_.is_plain_record(type)) return object_of_list(cursor);
      break;
    case CXCursor_LambdaExpr: return lambda(cursor, "lambda");
    case CXCursor_CompoundLiteralExpr:
    case CXCursor_CStyleCastExpr:
    case CXCursor_CXXFunctionalCastExpr:
    case CXCursor_CXXStaticCastExpr: {
      const std::vector<CXCursor> inner = expression_children(cursor);
      if (!inner.empty() && ast_.is_plain_record(type) &&
          ast_.is_plain_record(ast_.c.clang_getCursorType(inner.back()))) {
        return object(inner.back());
      }
      break;
    }
    default: break;
  }
  return {expression(cursor), std::nullopt};
}

/// What `pointer` points to; also of an expression that is the record itself (a.b and a->b alike).
Object Lowering::pointed_object(CXCursor pointer) {
  const CXCursor inner = bare(ast_, pointer);
  if (ast_.is_plain_record(ast_.c.clang_getCursorType(inner)) || ast_.kind(inner) == CXCursor_CXXThisExpr) {
    return object(inner);
  }
  if (ast_.kind(inner) == CXCursor_UnaryOperator &&
      ast_.c.clang_getCursorUnaryOperatorKind(inner) == CXUnaryOperator_AddrOf) {
    const std::vector<CXCursor> operand = expression_children(inner);
    if (operand.size() == 1) return object(operand.front());
  }
  if (ast_.kind(inner) == CXCursor_DeclRefExpr) {
    Object found = object(inner);
    if (found.leaves) return found;
  }
  const CXType type = ast_.plain_type(inner);
  Expr address = expression(inner);
  if (type.kind != CXType_Pointer && address.type.kind != TypeKind::pointer) return {std::move(address), std::nullopt};
  Type element = element_of(address.type);
  const Location at = ast_.location(inner);
  if (address.kind == ExprKind::address_of) return {std::move(address.args.front()), std::nullopt};
  return {make(ExprKind::dereference, std::move(element), at, {std::move(address)}), std::nullopt};
}

Object Lowering::member_of(const Object& base, const std::string& name, CXType type, const Location& at) const {
  if (!base.leaves) {
    Expr out = make(ExprKind::member, ast_.type(type), at);
    out.name = name;
    if (base.whole) out.args.push_back(*base.whole);
    return {std::move(out), std::nullopt};
  }
  Leaves inner;
  const std::string prefix = name + ".";
  for (const auto& [path, leaf] : *base.leaves) {
    if (path == name) {
      Object out{leaf, std::nullopt};
      out.whole->at = at;
      return out;
    }
    if (path.starts_with(prefix)) inner.emplace_back(path.substr(prefix.size()), leaf);
  }
  return {std::nullopt, std::move(inner)};
}

Object Lowering::object_of_list(CXCursor cursor) {
  const CXType type = ast_.c.clang_getCursorType(cursor);
  const Location at = ast_.location(cursor);
  Leaves out;
  std::vector<std::pair<std::string, CXCursor>> given;  // field and value
  const std::vector<CXCursor> fields = ast_.fields(type);
  std::string designated;
  for (const CXCursor& child : ast_.children(cursor)) {
    if (ast_.kind(child) == CXCursor_MemberRef) {
      designated = ast_.spelling(ast_.referenced(child));
    } else if (ast_.c.clang_isExpression(ast_.kind(child)) != 0) {
      // In C the designator and its value are one expression without a name.
      const std::vector<CXCursor> inside = ast_.children(child);
      if (ast_.kind(child) == CXCursor_UnexposedExpr && inside.size() == 2 &&
          ast_.kind(inside[0]) == CXCursor_MemberRef) {
        given.emplace_back(ast_.spelling(ast_.referenced(inside[0])), inside[1]);
        continue;
      }
      if (designated.empty() && given.size() < fields.size()) designated = ast_.spelling(fields[given.size()]);
      given.emplace_back(std::exchange(designated, {}), child);
    }
  }
  for (const CXCursor& field : fields) {
    const std::string name = ast_.spelling(field);
    const CXType field_type = ast_.c.clang_getCursorType(field);
    const auto value = std::ranges::find(given, name, &std::pair<std::string, CXCursor>::first);
    if (!ast_.is_plain_record(field_type)) {
      const Type to = ast_.type(field_type);
      out.emplace_back(name, value == given.end() ? converted(make_integer(0, int_type(), at), to, at)
                                                  : converted(expression(value->second), to, at));
      continue;
    }
    Object inner;
    if (value != given.end()) inner = object(value->second);
    if (inner.leaves || inner.whole) {
      for (auto& [path, leaf] : leaves_of(inner, field_type, at)) out.emplace_back(name + "." + path, leaf);
    } else {
      for (const auto& [path, leaf] : ast_.leaves(field_type)) {
        out.emplace_back(name + "." + path, converted(make_integer(0, int_type(), at), ast_.type(leaf), at));
      }
    }
  }
  return {std::nullopt, std::move(out)};
}

Object Lowering::object_of_call(CXCursor cursor) {
  const CXCursor callee = ast_.referenced(cursor);
  const CXType type = ast_.c.clang_getCursorType(cursor);
  const std::vector<CXCursor> arguments = arguments_of(cursor);
  if (ast_.kind(callee) == CXCursor_Constructor && ast_.is_plain_record(type)) {
    const bool copies =
        arguments.size() == 1 && ast_.key(ast_.c.clang_getTypeDeclaration(ast_.plain_type(arguments[0]))) ==
                                     ast_.key(ast_.c.clang_getTypeDeclaration(ast_.plain_type(type)));
    if (copies) return object(arguments.front());
    return object_of_constructor(cursor, callee);
  }
  const std::string name = ast_.qualified_name(callee, false);
  if ((name == "std::move" || name == "std::forward" || name == "std::as_const") && arguments.size() == 1) {
    return object(arguments.front());
  }
  Expr value = expression(cursor);
  if (value.kind == ExprKind::call && value.callee != no_function && ast_.is_plain_record(type) &&
      ast_.is_reference(ast_.c.clang_getCursorResultType(callee))) {
    return {unsupported(cursor, "reference to a record that a call returns: " + ast_.text(cursor)), std::nullopt};
  }
  const bool fresh = value.kind == ExprKind::call && ast_.is_plain_record(type) && prelude_ != nullptr &&
                     !ast_.is_reference(ast_.c.clang_getCursorResultType(callee));
  if (!fresh) return {std::move(value), std::nullopt};
  // Called once, named often.
  const Location at = value.at;
  const Type record = value.type;
  const VariableId id = hidden_variable("result", record, at);
  push_declaration(id, std::move(value), cursor, *prelude_);
  return {make_variable(id, record, at), std::nullopt};
}

/// A constructor whose body is empty is what its member initialisers say, with the arguments in their places.
Object Lowering::object_of_constructor(CXCursor call, CXCursor constructor) {
  const CXType type = ast_.c.clang_getCursorType(call);
  const Location at = ast_.location(call);
  const std::vector<CXCursor> arguments = arguments_of(call);
  CXCursor definition = ast_.c.clang_getCursorDefinition(constructor);
  if (ast_.c.clang_Cursor_isNull(definition) != 0) definition = constructor;
  const CXCursor body = body_of(ast_, definition);
  const bool has_body = ast_.c.clang_Cursor_isNull(body) == 0;
  if (has_body && !ast_.children(body).empty()) {
    return {unsupported(call, "constructor with a body: " + ast_.text(call)), std::nullopt};
  }
  const std::map<DeclKey, Object> outer = bound_;
  const std::vector<CXCursor> parameters = parameters_of(ast_, definition);
  for (std::size_t i = 0; i < parameters.size() && i < arguments.size(); ++i) {
    bound_[ast_.key(parameters[i])] = object(arguments[i]);
  }
  std::vector<std::pair<std::string, CXCursor>> given;
  const std::vector<CXCursor> children = ast_.children(definition);
  for (std::size_t i = 0; i + 1 < children.size(); ++i) {
    if (ast_.kind(children[i]) == CXCursor_MemberRef) {
      given.emplace_back(ast_.spelling(ast_.referenced(children[i])), children[i + 1]);
    }
  }
  Leaves out;
  for (const CXCursor& field : ast_.fields(type)) {
    const std::string name = ast_.spelling(field);
    const CXType field_type = ast_.c.clang_getCursorType(field);
    CXCursor init = ast_.c.clang_getNullCursor();
    const auto value = std::ranges::find(given, name, &std::pair<std::string, CXCursor>::first);
    if (value != given.end()) {
      init = value->second;
    } else if (const std::vector<CXCursor> defaults = expression_children(field);
               !defaults.empty() && ast_.plain_type(field_type).kind != CXType_ConstantArray) {
      init = defaults.back();
    }
    const bool present = ast_.c.clang_Cursor_isNull(init) == 0;
    if (ast_.is_plain_record(field_type)) {
      Object inner;
      if (present) inner = object(init);
      for (auto& [path, leaf] : leaves_of(inner, field_type, at)) out.emplace_back(name + "." + path, leaf);
    } else {
      // An unsupported expression without a name: nothing is written there.
      out.emplace_back(name, present ? converted(expression(init), ast_.type(field_type), at)
                                     : make(ExprKind::unsupported, ast_.type(field_type), at));
    }
  }
  bound_ = outer;
  return {std::nullopt, std::move(out)};
}

Lowering::Leaves Lowering::leaves_of(const Object& object, CXType record, const Location& at) const {
  if (object.leaves) return *object.leaves;
  Leaves out;
  for (const auto& [path, type] : ast_.leaves(record)) {
    if (!object.whole) {
      out.emplace_back(path, make(ExprKind::unsupported, ast_.type(type), at));
      continue;
    }
    Expr leaf = make(ExprKind::member, ast_.type(type), at, {*object.whole});
    leaf.name = path;
    out.emplace_back(path, std::move(leaf));
  }
  return out;
}

Expr Lowering::as_value(const Object& object, CXCursor at) {
  if (object.whole) return *object.whole;
  Expr out = make(ExprKind::list, ast_.type(at), ast_.location(at));
  if (object.leaves) {
    for (const auto& [path, leaf] : *object.leaves) out.args.push_back(leaf);
  }
  return out;
}

}  // namespace costscan::source::front
