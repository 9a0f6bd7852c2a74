// A function's parameters, captured and member variables, and globals.
#include <algorithm>

#include "source/clang/lowering.hpp"

namespace costscan::source::front {
namespace {

std::string dim_name_of(const std::string& name) {
  std::string out;
  for (const char each : name) out += each == '.' || each == ':' ? '_' : each;
  return out;
}

}  // namespace

Lowering::Lowering(Unit& unit, CXCursor definition, FunctionId id)
    : unit_(unit),
      ast_(unit.ast),
      definition_(definition),
      id_(id),
      function_(unit.program.functions[static_cast<std::size_t>(id)]) {}

void Lowering::run() {
  function_.end_line = ast_.end_line(definition_);
  function_.result = ast_.type(ast_.c.clang_getCursorResultType(definition_));
  add_parameters();
  add_member_initialisers();
  const CXCursor body = body_of(ast_, definition_);
  if (ast_.kind(body) == CXCursor_CompoundStmt) {
    for (const CXCursor& child : ast_.children(body)) statement(child, function_.body);
  } else {
    statement(body, function_.body);  // a function-try-block
  }
  unit_.program.functions[static_cast<std::size_t>(id_)] = std::move(function_);
}

void Lowering::add_parameters() {
  const CXCursor parent = ast_.c.clang_getCursorSemanticParent(definition_);
  if (const auto lambda = unit_.lambdas.find(ast_.key(parent)); lambda != unit_.lambdas.end()) {
    add_captures(lambda->second);
  } else if (is_instance_method(ast_, definition_)) {
    add_object(class_of(ast_, definition_));
  }
  for (const CXCursor& parameter : parameters_of(ast_, definition_)) add_parameter(parameter);
}

void Lowering::add_captures(const Captures& captures) {
  if (captures.object) add_object(captures.object_type);
  for (const CXCursor& variable : captures.variables) {
    const std::size_t first = function_.parameters.size();
    add_parameter(variable);
    for (std::size_t i = first; i < function_.parameters.size(); ++i) {
      function_.variables[static_cast<std::size_t>(function_.parameters[i])].is_reference = true;
    }
  }
}

void Lowering::add_object(CXType type) {
  Variable like;
  like.storage = Storage::parameter;
  like.is_reference = true;
  like.at = function_.at;
  this_ = add_leaves("", type, like, true);
  this_type_ = type;
}

void Lowering::add_parameter(CXCursor parameter) {
  Variable variable = variable_of(parameter);
  variable.storage = Storage::parameter;
  CXType type = ast_.plain_type(parameter);
  const Passing passing = unit_.passing(definition_, parameter);
  if (const auto closure = unit_.lambdas.find(ast_.key(ast_.c.clang_getTypeDeclaration(type)));
      closure != unit_.lambdas.end()) {
    // A lambda handed in: what it captured comes as parameters.
    const std::map<DeclKey, Object> outer = bound_;
    const std::optional<Object> outer_this = this_;
    const std::size_t first = function_.parameters.size();
    add_captures(Captures(closure->second));
    Leaves leaves;
    for (std::size_t i = first; i < function_.parameters.size(); ++i) {
      const VariableId id = function_.parameters[i];
      const Variable& each = function_.variables[static_cast<std::size_t>(id)];
      leaves.emplace_back(each.name, make_variable(id, each.type, each.at));
    }
    bound_ = outer;
    this_ = outer_this;
    bound_[ast_.key(parameter)] = Object{std::nullopt, std::move(leaves)};
    return;
  }
  if (passing == Passing::whole) {
    const VariableId id = add_variable(variable);
    function_.parameters.push_back(id);
    bound_[ast_.key(parameter)] = Object{make_variable(id, variable.type, variable.at), std::nullopt};
    return;
  }
  if (passing == Passing::pointed) type = ast_.c.clang_getPointeeType(type);
  variable.is_reference = variable.is_reference || passing == Passing::pointed;
  bound_[ast_.key(parameter)] = add_leaves(variable.name + ".", type, variable, true);
}

/// A constructor's `: a(x), b(y)` as assignments.
void Lowering::add_member_initialisers() {
  if (ast_.kind(definition_) != CXCursor_Constructor) return;
  const std::vector<CXCursor> children = ast_.children(definition_);
  for (std::size_t i = 0; i + 1 < children.size(); ++i) {
    if (ast_.kind(children[i]) != CXCursor_MemberRef) continue;
    const CXCursor field = ast_.referenced(children[i]);
    const Location at = ast_.location(children[i]);
    const Object target = member_of(*this_, ast_.spelling(field), ast_.c.clang_getCursorType(field), at);
    if (!target.whole || ast_.c.clang_isExpression(ast_.kind(children[i + 1])) == 0) {
      unsupported_statement(children[i], "initialiser of a member that is a record", function_.body);
      continue;
    }
    prelude_ = &function_.body;
    Expr value = expression(children[i + 1]);
    prelude_ = nullptr;
    push_expression(make(ExprKind::assign, target.whole->type, at, {*target.whole, std::move(value)}), at.line,
                    function_.body);
  }
}

Object Lowering::add_leaves(const std::string& prefix, CXType record, const Variable& like, bool is_parameter) {
  Leaves leaves;
  for (const auto& [path, type] : ast_.leaves(record)) {
    Variable variable = like;
    variable.name = prefix + path;
    // A method's own parameter may hide a member.
    variable.dim_name = dim_name_of(variable.name);
    variable.type = ast_.type(type);
    variable.constant.reset();
    const VariableId id = add_variable(variable);
    if (is_parameter) function_.parameters.push_back(id);
    leaves.emplace_back(path, make_variable(id, variable.type, like.at));
  }
  return Object{std::nullopt, std::move(leaves)};
}

VariableId Lowering::add_variable(Variable variable) {
  function_.variables.push_back(std::move(variable));
  return static_cast<VariableId>(function_.variables.size() - 1);
}

Variable Lowering::variable_of(CXCursor declaration) const {
  Variable out;
  out.name = ast_.spelling(declaration);
  if (out.name.empty()) out.name = "unnamed";
  out.dim_name = dim_name_of(out.name);
  const CXType written = ast_.c.clang_getCursorType(declaration);
  out.type = ast_.type(written);
  out.is_reference = ast_.is_reference(written);
  if (ast_.kind(declaration) == CXCursor_ParmDecl && out.type.kind == TypeKind::array && !out.is_reference &&
      ast_.plain_type(written).kind != CXType_Record) {
    // float x[], float x[n] and float x[8] as parameters are pointers.
    Type pointer;
    pointer.kind = TypeKind::pointer;
    pointer.element = std::make_shared<const Type>(element_of(out.type));
    pointer.name = out.type.name;
    out.type = std::move(pointer);
  }
  const CXType canonical = ast_.c.clang_getCanonicalType(written);
  out.is_const = ast_.c.clang_isConstQualifiedType(ast_.c.clang_getNonReferenceType(canonical)) != 0;
  out.at = ast_.location(declaration);
  if (out.is_const && !out.is_reference && out.type.kind == TypeKind::integer) {
    const CXCursor init = ast_.c.clang_Cursor_getVarDeclInitializer(declaration);
    if (ast_.c.clang_Cursor_isNull(init) == 0) out.constant = ast_.integer(init);
  }
  return out;
}

VariableId Lowering::hidden_variable(const std::string& what, Type type, const Location& at) {
  Variable variable;
  variable.name = "$" + what + std::to_string(hidden_++);
  variable.dim_name = variable.name;
  variable.type = std::move(type);
  variable.at = at;
  return add_variable(std::move(variable));
}

Object Lowering::global(CXCursor declaration) {
  Variable variable = variable_of(declaration);
  variable.storage = Storage::global;
  const bool local = ast_.c.clang_isDeclaration(ast_.kind(ast_.c.clang_getCursorSemanticParent(declaration))) == 0;
  if (!local) variable.name = ast_.qualified_name(declaration, true);
  if (ast_.is_plain_record(ast_.c.clang_getCursorType(declaration))) {
    return bound_[ast_.key(declaration)] =
               add_leaves(variable.name + ".", ast_.plain_type(declaration), variable, false);
  }
  const VariableId id = add_variable(variable);
  return bound_[ast_.key(declaration)] = Object{make_variable(id, variable.type, variable.at), std::nullopt};
}

}  // namespace costscan::source::front
