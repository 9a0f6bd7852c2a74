// for (x : range) as a counted loop over a hidden index.
#include "source/clang/lowering.hpp"

namespace costscan::source::front {

/// The range as an expression that may be named more than once.
Expr Lowering::range_of(CXCursor cursor, std::vector<Stmt>& out) {
  Expr range = expression(cursor);
  const auto is_simple = [](const auto& self, const Expr& expr) -> bool {
    if (expr.kind == ExprKind::variable || expr.kind == ExprKind::integer_literal) return true;
    const bool path = expr.kind == ExprKind::member || expr.kind == ExprKind::convert;
    return path && expr.args.size() == 1 && self(self, expr.args.front());
  };
  if (is_simple(is_simple, range)) return range;
  const VariableId id = hidden_variable("range", range.type, range.at);
  Variable& variable = function_.variables[static_cast<std::size_t>(id)];
  variable.is_reference = range.kind != ExprKind::list && range.type.kind != TypeKind::pointer;
  Expr name = make_variable(id, range.type, range.at);
  push_declaration(id, std::move(range), cursor, out);
  return name;
}

void Lowering::range_loop(CXCursor cursor, std::vector<Stmt>& out) {
  std::vector<CXCursor> parts = ast_.children(cursor);
  // libclang gives the loop's variable, the range, the body; C++20's init statement is not among them.
  const bool parts_named = parts.size() == 3 && ast_.kind(parts[0]) == CXCursor_UnexposedDecl;  // auto& [a, b] : range
  const bool usual = parts_named || (parts.size() == 3 && ast_.kind(parts[0]) == CXCursor_VarDecl);
  const std::vector<std::pair<unsigned, std::string>> tokens = ast_.tokens(cursor);
  int nesting = 0;
  bool initialised = false;
  for (const auto& [offset, token] : tokens) {
    if (token == "(" || token == "{" || token == "[") ++nesting;
    if (token == ")" || token == "}" || token == "]") --nesting;
    if (token == ";" && nesting == 1) initialised = true;
    if (token == ")" && nesting == 0) break;
  }
  if (!usual || initialised) {
    return unsupported_statement(cursor, "range-based for of this form: " + ast_.text(cursor), out);
  }
  std::vector<Stmt>* outer = std::exchange(prelude_, &out);
  const Expr range = range_of(parts[1], out);
  prelude_ = outer;
  const Location at = ast_.location(cursor);
  if (range.type.kind != TypeKind::container && range.type.kind != TypeKind::array) {
    return unsupported_statement(cursor, "range-based for over " + range.type.name, out);
  }
  Stmt loop = start(StmtKind::loop, cursor);
  loop.pragmas = pragmas_above(cursor);
  const VariableId index = hidden_variable("i", size_type(), at);
  const Expr index_value = make_variable(index, size_type(), at);
  push_declaration(index, make_integer(0, size_type(), at), cursor, loop.init);
  loop.has_expr = true;
  loop.expr = make_binary(Operator::less, bool_type(), at, index_value, size_of(range, at));
  loop.expr.text = ast_.spelling(parts[0]) + " : " + ast_.text(parts[1]);
  Expr step = make(ExprKind::increment, size_type(), at, {index_value});
  step.integer = 1;
  step.prefix = true;
  loop.step.push_back(std::move(step));

  Variable entry = variable_of(parts[0]);
  const Type type = entry.type;
  if (parts_named) entry.name = "$item" + std::to_string(hidden_++);
  if (parts_named) entry.is_reference = true;  // the names are copies or not, the element is looked at either way
  Expr element = make(ExprKind::subscript, element_of(range.type), ast_.location(parts[1]), {range, index_value});
  if (!entry.is_reference && type.kind != TypeKind::record) element = converted(std::move(element), type, at);
  if (type.kind == TypeKind::record && !entry.is_reference) {
    // A copy of the element: each member is read once.
    Object copy = add_leaves(entry.name + ".", ast_.plain_type(parts[0]), entry, false);
    const Leaves members = leaves_of({std::move(element), std::nullopt}, ast_.plain_type(parts[0]), at);
    for (std::size_t i = 0; i < members.size(); ++i) {
      push_declaration((*copy.leaves)[i].second.variable, members[i].second, parts[0], loop.body);
    }
    bound_[ast_.key(parts[0])] = std::move(copy);
    for (Stmt& each : body_of_statement(parts[2])) loop.body.push_back(std::move(each));
    out.push_back(std::move(loop));
    return;
  }
  const VariableId id = add_variable(std::move(entry));
  const Object item{make_variable(id, type, at), std::nullopt};
  push_declaration(id, std::move(element), parts[0], loop.body);
  if (parts_named) {
    bind_parts(parts[0], item, loop.body);
  } else {
    bound_[ast_.key(parts[0])] = item;
  }
  for (Stmt& each : body_of_statement(parts[2])) loop.body.push_back(std::move(each));
  out.push_back(std::move(loop));
}

}  // namespace costscan::source::front
