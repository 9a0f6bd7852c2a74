// Functions that only name an element: float& operator()(int i, int j) { return data[i * n + j]; }
#include <algorithm>

#include "source/clang/lowering.hpp"

namespace costscan::source::front {
namespace {

constexpr int deepest_accessor = 8;  // one that names itself would go on for ever

/// May stand in several places: repeats no load and no effect.
bool is_cheap(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::subscript:
    case ExprKind::dereference:
    case ExprKind::call:
    case ExprKind::assign:
    case ExprKind::increment:
    case ExprKind::sequence:
    case ExprKind::conditional:
    case ExprKind::unsupported: return false;
    default: return std::ranges::all_of(expr.args, is_cheap);
  }
}

bool is_plain_statement(CXCursorKind kind, const Ast& ast) {
  return kind == CXCursor_DeclStmt || kind == CXCursor_NullStmt || ast.c.clang_isExpression(kind) != 0;
}

}  // namespace

/// What an argument stands for in the accessor's body: itself, or a name for its value; nullopt where neither will do.
std::optional<Object> Lowering::accessor_argument(CXCursor parameter, CXCursor argument) {
  Object value = object(argument);
  if (!value.whole || is_cheap(*value.whole)) return value;
  if (prelude_ == nullptr) return std::nullopt;
  const Location at = value.whole->at;
  const Type type = value.whole->type;
  const VariableId id = hidden_variable("argument", type, at);
  function_.variables[static_cast<std::size_t>(id)].is_reference =
      ast_.is_reference(ast_.c.clang_getCursorType(parameter));
  push_declaration(id, std::move(value.whole), argument, *prelude_);
  return Object{make_variable(id, type, at), std::nullopt};
}

std::optional<Expr> Lowering::accessor(CXCursor cursor, CXCursor definition, std::optional<CXCursor> object_cursor,
                                       const std::vector<CXCursor>& arguments) {
  if (!ast_.is_reference(ast_.c.clang_getCursorResultType(definition))) return std::nullopt;
  const CXCursor body = body_of(ast_, definition);
  if (ast_.c.clang_Cursor_isNull(body) != 0 || accessors_ >= deepest_accessor) return std::nullopt;
  const std::vector<CXCursor> statements = ast_.children(body);
  if (statements.empty() || ast_.kind(statements.back()) != CXCursor_ReturnStmt) return std::nullopt;
  if (statements.size() > 1 && prelude_ == nullptr) return std::nullopt;
  for (std::size_t i = 0; i + 1 < statements.size(); ++i) {
    if (!is_plain_statement(ast_.kind(statements[i]), ast_)) return std::nullopt;
  }
  const std::vector<CXCursor> value = expression_children(statements.back());
  const std::vector<CXCursor> parameters = parameters_of(ast_, definition);
  if (value.size() != 1 || parameters.size() != arguments.size()) return std::nullopt;
  if (ast_.is_plain_record(ast_.c.clang_getCursorType(value[0]))) return std::nullopt;
  std::map<DeclKey, Object> inside = bound_;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    auto given = accessor_argument(parameters[i], arguments[i]);
    if (!given) return std::nullopt;
    inside[ast_.key(parameters[i])] = std::move(*given);
  }
  const Location at = ast_.location(cursor);
  std::optional<Object> owner = this_;
  if (object_cursor) {
    const CXType type = ast_.plain_type(ast_.c.clang_getCursorSemanticParent(definition));
    owner = Object{std::nullopt, leaves_of(pointed_object(*object_cursor), type, at)};
  }
  std::swap(bound_, inside);
  std::swap(this_, owner);
  ++accessors_;
  std::vector<Stmt> before;
  std::vector<Stmt>* outer = prelude_;
  for (std::size_t i = 0; i + 1 < statements.size(); ++i) statement(statements[i], before);
  prelude_ = outer;
  Expr out = expression(value[0]);
  --accessors_;
  std::swap(this_, owner);
  std::swap(bound_, inside);
  for (Stmt& each : before) outer->push_back(std::move(each));
  // Its cost is that of the line that asks for the element.
  const auto move_to = [&](const auto& self, Expr& expr) -> void {
    expr.at = at;
    for (Expr& each : expr.args) self(self, each);
  };
  move_to(move_to, out);
  return out;
}

}  // namespace costscan::source::front
