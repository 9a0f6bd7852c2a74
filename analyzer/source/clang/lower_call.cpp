// Calls: of functions whose bodies are known, and of the library's.
#include <algorithm>

#include "source/clang/lowering.hpp"

namespace costscan::source::front {

std::vector<CXCursor> Lowering::arguments_of(CXCursor call) const {
  std::vector<CXCursor> out;
  const int count = ast_.c.clang_Cursor_getNumArguments(call);
  for (int i = 0; i < count; ++i) out.push_back(ast_.c.clang_Cursor_getArgument(call, static_cast<unsigned>(i)));
  return out;
}

Expr Lowering::call(CXCursor cursor) {
  CXCursor callee = ast_.referenced(cursor);
  const CXCursorKind kind = ast_.kind(callee);
  const Location at = ast_.location(cursor);
  std::vector<CXCursor> arguments = arguments_of(cursor);
  if (kind == CXCursor_Constructor) {
    if (is_complex(cursor)) return complex_value(cursor, arguments);
    const Type type = ast_.type(cursor);
    if (type.kind == TypeKind::record) return as_value(object(cursor), cursor);
    const bool one = arguments.size() == 1;
    if (type.kind == TypeKind::pointer && one) return converted(expression(arguments[0]), type, at);  // iterators
    Expr out = make(ExprKind::list, type, at);
    for (const CXCursor& argument : arguments) {
      if (ast_.kind(argument) == CXCursor_UnexposedExpr && ast_.children(argument).empty()) continue;  // a default
      out.args.push_back(expression(argument));
    }
    // A temporary that is moved or copied into its place is that temporary.
    if (out.args.size() == 1 && out.args[0].kind == ExprKind::list && out.args[0].type.kind == type.kind) {
      return std::move(out.args[0]);
    }
    out.name = ast_.qualified_name(ast_.c.clang_getCursorSemanticParent(callee), false);
    out.text = ast_.text(cursor);
    return out;
  }
  const bool is_function =
      kind == CXCursor_FunctionDecl || kind == CXCursor_CXXMethod || kind == CXCursor_ConversionFunction;
  if (!is_function) {
    if (kind == CXCursor_Destructor) return make_integer(0, int_type(), at);
    const std::vector<CXCursor> inner = expression_children(cursor);
    // T(x) and T{} of numbers inside what was a template.
    const bool converts = arguments.empty() && ast_.c.clang_Cursor_isNull(callee) != 0 && inner.size() == 1;
    if (converts) return converted(expression(inner[0]), ast_.type(cursor), at);
    if (inner.empty() && ast_.type(cursor).kind != TypeKind::record) {
      return converted(make_integer(0, int_type(), at), ast_.type(cursor), at);
    }
    return unsupported(cursor, "call through a pointer or a member that is a function: " + ast_.text(cursor));
  }
  if (!is_instance_method(ast_, callee)) {
    CXCursor definition = ast_.c.clang_getCursorDefinition(callee);
    if (ast_.c.clang_Cursor_isNull(definition) == 0 && !ast_.in_system_header(definition)) {
      if (auto inlined = accessor(cursor, definition, std::nullopt, arguments)) return *inlined;
    }
    if (const FunctionId id = unit_.request(callee); id != no_function) {
      return known_call(cursor, callee, id, std::nullopt, arguments);
    }
    return library_call(cursor, callee, std::nullopt, arguments);
  }
  const std::vector<CXCursor> parts = expression_children(cursor);
  const CXCursor member = parts.empty() ? ast_.c.clang_getNullCursor() : bare(ast_, parts.front());
  if (ast_.kind(member) == CXCursor_MemberRefExpr && ast_.key(ast_.referenced(member)) == ast_.key(callee)) {
    const std::vector<CXCursor> base = expression_children(member);
    return call_of_method(cursor, callee, base.empty() ? ast_.c.clang_getNullCursor() : base.front());
  }
  if (arguments.empty()) return unsupported(cursor, "call without an object: " + ast_.text(cursor));
  return call_of_method(cursor, callee, arguments.front());
}

/// `object` is null for the object of the method that calls.
Expr Lowering::call_of_method(CXCursor cursor, CXCursor callee, CXCursor object_cursor) {
  std::vector<CXCursor> arguments = arguments_of(cursor);
  // An operator's first argument is its object.
  if (!arguments.empty() && ast_.c.clang_equalCursors(arguments.front(), object_cursor) != 0) {
    arguments.erase(arguments.begin());
  }
  const bool given = ast_.c.clang_Cursor_isNull(object_cursor) == 0;
  if (given && ast_.kind(bare(ast_, object_cursor)) == CXCursor_LambdaExpr) object(object_cursor);  // makes it known
  if (ast_.in_system_header(callee)) return library_call(cursor, callee, object_cursor, arguments);
  const bool by_value = given && !ast_.is_reference(ast_.c.clang_getCursorType(bare(ast_, object_cursor))) &&
                        ast_.kind(bare(ast_, object_cursor)) == CXCursor_DeclRefExpr &&
                        ast_.plain_type(ast_.referenced(bare(ast_, object_cursor))).kind == CXType_Record &&
                        !ast_.is_reference(ast_.c.clang_getCursorType(ast_.referenced(bare(ast_, object_cursor))));
  if (ast_.c.clang_CXXMethod_isVirtual(callee) != 0 && !by_value) {
    return unsupported(cursor, "virtual call of " + ast_.qualified_name(callee, true));
  }
  if (ast_.c.clang_CXXMethod_isDefaulted(callee) != 0 && ast_.spelling(callee) == "operator=" &&
      arguments.size() == 1) {
    return assigned_record(object_cursor, arguments.front(), ast_.location(cursor));
  }
  // An implicit copy assignment has no body of its own.
  CXCursor definition = ast_.c.clang_getCursorDefinition(callee);
  if (ast_.c.clang_Cursor_isNull(definition) != 0) definition = callee;
  const bool bodiless = ast_.c.clang_Cursor_isNull(body_of(ast_, definition)) != 0;
  if (bodiless && ast_.spelling(callee) == "operator=" && arguments.size() == 1 && given) {
    return assigned_record(object_cursor, arguments.front(), ast_.location(cursor));
  }
  if (given) {
    if (auto inlined = accessor(cursor, definition, object_cursor, arguments)) return *inlined;
  }
  const FunctionId id = unit_.request(callee);
  if (id == no_function) return library_call(cursor, callee, object_cursor, arguments);
  return known_call(cursor, callee, id, object_cursor, arguments);
}

void Lowering::pass(CXCursor definition, CXCursor parameter, CXCursor argument, std::vector<Expr>& out) {
  // An argument left out is the parameter's default.
  if (ast_.kind(argument) == CXCursor_UnexposedExpr && ast_.children(argument).empty()) {
    const CXCursor usual = ast_.c.clang_Cursor_getVarDeclInitializer(parameter);
    if (ast_.c.clang_Cursor_isNull(usual) == 0) argument = usual;
  }
  const Location at = ast_.location(argument);
  const CXType type = ast_.plain_type(parameter);
  if (ast_.kind(bare(ast_, argument)) == CXCursor_LambdaExpr) object(argument);  // makes it known
  if (unit_.lambdas.contains(ast_.key(ast_.c.clang_getTypeDeclaration(type)))) {
    const Object closure = object(argument);
    if (!closure.leaves) return out.push_back(unsupported(argument, "lambda from a call or a branch"));
    for (const auto& [path, leaf] : *closure.leaves) out.push_back(leaf);
    return;
  }
  const Passing passing = unit_.passing(definition, parameter);
  if (passing == Passing::whole) {
    const CXCursor inner = bare(ast_, argument);
    if (type.kind == CXType_Pointer && ast_.is_plain_record(ast_.c.clang_getPointeeType(type))) {
      const Object target = pointed_object(inner);
      if (target.leaves) {
        return out.push_back(unsupported(argument, "address of a struct that is also used member by member"));
      }
    }
    return out.push_back(expression(argument));
  }
  const Object value = passing == Passing::flat ? object(argument) : pointed_object(argument);
  const CXType record = passing == Passing::flat ? type : ast_.c.clang_getPointeeType(type);
  for (auto& [path, leaf] : leaves_of(value, record, at)) out.push_back(std::move(leaf));
}

Expr Lowering::known_call(CXCursor cursor, CXCursor callee, FunctionId id, std::optional<CXCursor> object_cursor,
                          const std::vector<CXCursor>& arguments) {
  const Location at = ast_.location(cursor);
  CXCursor definition = ast_.c.clang_getCursorDefinition(callee);
  if (ast_.c.clang_Cursor_isNull(definition) != 0) definition = callee;
  Expr out = make(ExprKind::call, ast_.type(cursor), at);
  out.name = unit_.program.functions[static_cast<std::size_t>(id)].name;
  out.callee = id;
  out.text = ast_.text(cursor);
  if (object_cursor) {
    const bool given = ast_.c.clang_Cursor_isNull(*object_cursor) == 0;
    const Object owner = given ? pointed_object(*object_cursor) : this_.value_or(Object{});
    const CXCursor parent = ast_.c.clang_getCursorSemanticParent(definition);
    if (unit_.lambdas.contains(ast_.key(parent))) {
      if (!owner.leaves) return unsupported(cursor, "call of a lambda from a call or a branch");
      for (const auto& [path, leaf] : *owner.leaves) out.args.push_back(leaf);
    } else {
      for (auto& [path, leaf] : leaves_of(owner, class_of(ast_, definition), at)) out.args.push_back(std::move(leaf));
    }
  }
  const std::vector<CXCursor> parameters = parameters_of(ast_, definition);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (i < arguments.size()) {
      pass(definition, parameters[i], arguments[i], out.args);
    } else {
      out.args.push_back(unsupported(cursor, "missing argument: " + ast_.text(cursor)));
    }
  }
  if (arguments.size() > parameters.size())
    return unsupported(cursor, "call with variable arguments: " + ast_.text(cursor));
  return out;
}

Expr Lowering::library_call(CXCursor cursor, CXCursor callee, std::optional<CXCursor> object_cursor,
                            const std::vector<CXCursor>& arguments) {
  const std::string name = ast_.qualified_name(callee, false);
  const std::string last = ast_.spelling(callee);
  if (object_cursor && ast_.c.clang_Cursor_isNull(*object_cursor) != 0) object_cursor.reset();
  if (arguments.empty() && !object_cursor) {  // std::numeric_limits<float>::infinity(), __builtin_inff()
    const Type type = ast_.type(cursor);
    const auto number = ast_.integer(cursor);
    const auto real = number ? std::nullopt : ast_.real(cursor);
    Expr out = make(number ? ExprKind::integer_literal : ExprKind::floating_literal, type, ast_.location(cursor));
    out.integer = number.value_or(0);
    out.real = real.value_or(0);
    out.name = name;
    if (number || real) return out;
  }
  std::vector<CXCursor> operands;
  if (object_cursor) operands.push_back(*object_cursor);
  operands.insert(operands.end(), arguments.begin(), arguments.end());
  if (auto known = complex_call(name, cursor, operands)) return *known;
  if (auto known = container_call(name, cursor, object_cursor, arguments)) return *known;
  if (!object_cursor) {
    if (auto known = algorithm(name, cursor, arguments)) return *known;
    if (auto known = sorting(name, cursor, arguments)) return *known;
  }
  if (last.starts_with("operator") && last.size() > 8) {
    if (auto known = operator_call(last.substr(8), cursor, operands)) return *known;
  }
  Expr out = make(ExprKind::call, ast_.type(cursor), ast_.location(cursor));
  if (name.starts_with("std::make_") && out.type.kind == TypeKind::container) out.kind = ExprKind::list;  // an array
  out.name = name;
  out.text = ast_.text(cursor);
  if (!ast_.in_system_header(callee)) {
    std::vector<std::string>& names = unit_.program.declared_parameters[name];
    names.clear();
    if (object_cursor) names.emplace_back("this");
    for (const CXCursor& parameter : parameters_of(ast_, callee)) names.push_back(ast_.spelling(parameter));
  }
  if (object_cursor) out.args.push_back(expression(*object_cursor));
  for (const CXCursor& argument : arguments) {
    if (ast_.kind(argument) == CXCursor_UnexposedExpr && ast_.children(argument).empty()) continue;  // a default
    if (ast_.kind(bare(ast_, argument)) == CXCursor_LambdaExpr) {
      out.args.push_back(unsupported(argument, "lambda passed to " + name));
    } else {
      out.args.push_back(expression(argument));
    }
  }
  return out;
}

}  // namespace costscan::source::front
