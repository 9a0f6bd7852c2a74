// switch as a chain of branches.
#include <algorithm>

#include "source/clang/lowering.hpp"

namespace costscan::source::front {
namespace {

struct Group {
  std::vector<CXCursor> values;
  bool is_default = false;
  std::vector<CXCursor> statements;
  bool leaves = false;  ///< ends in break, return or continue
};

bool ends(CXCursorKind kind) { return kind == CXCursor_ReturnStmt || kind == CXCursor_ContinueStmt; }

/// A break (or continue) in `at` that belongs to the switch (or a loop around it).
bool has_inside(const Ast& ast, CXCursor at, CXCursorKind wanted) {
  const CXCursorKind kind = ast.kind(at);
  if (kind == wanted) return true;
  if (kind == CXCursor_SwitchStmt && wanted == CXCursor_BreakStmt) return false;
  switch (kind) {
    case CXCursor_ForStmt:
    case CXCursor_WhileStmt:
    case CXCursor_DoStmt:
    case CXCursor_CXXForRangeStmt:
    case CXCursor_LambdaExpr: return false;
    default: break;
  }
  return std::ranges::any_of(ast.children(at), [&](const CXCursor& child) { return has_inside(ast, child, wanted); });
}

class Groups {
 public:
  explicit Groups(const Ast& tree) : ast_(tree) {}

  std::vector<Group> found;
  bool understood = true;
  bool breaks_inside = false;  ///< a break that does not end its group

  void add(CXCursor cursor) {
    const CXCursorKind kind = ast_.kind(cursor);
    if (kind == CXCursor_CaseStmt || kind == CXCursor_DefaultStmt) return label(cursor);
    if (found.empty()) {
      understood = understood && kind == CXCursor_NullStmt;  // code before the first label
      return;
    }
    Group& group = found.back();
    if (group.leaves) return;  // not reachable
    if (kind == CXCursor_BreakStmt) {
      group.leaves = true;
      return;
    }
    if (kind == CXCursor_CompoundStmt) {
      // `case 1: { ...; break; }`
      for (const CXCursor& child : ast_.children(cursor)) {
        understood = understood && ast_.kind(child) != CXCursor_CaseStmt && ast_.kind(child) != CXCursor_DefaultStmt;
        add(child);
      }
      return;
    }
    breaks_inside = breaks_inside || has_inside(ast_, cursor, CXCursor_BreakStmt);
    group.statements.push_back(cursor);
    group.leaves = ends(kind);
  }

 private:
  const Ast& ast_;

  void label(CXCursor cursor) {
    if (found.empty() || !found.back().statements.empty() || found.back().leaves) found.emplace_back();
    std::vector<CXCursor> parts = ast_.children(cursor);
    if (ast_.kind(cursor) == CXCursor_DefaultStmt) {
      found.back().is_default = true;
    } else if (!parts.empty()) {
      found.back().values.push_back(parts.front());
      understood = understood && parts.size() == 2;  // GNU's `case 1 ... 3` has three
    }
    if (!parts.empty()) add(parts.back());
  }
};

}  // namespace

void Lowering::switch_chain(CXCursor cursor, std::vector<Stmt>& out) {
  const std::vector<CXCursor> parts = ast_.children(cursor);
  Groups groups(ast_);
  if (parts.size() == 2 && ast_.kind(parts[1]) == CXCursor_CompoundStmt) {
    for (const CXCursor& child : ast_.children(parts[1])) groups.add(child);
  } else {
    groups.understood = false;
  }
  // A loop that runs once stands for what such a break leaves; continue would then mean that loop.
  const bool once = groups.breaks_inside;
  if (!groups.understood || (once && has_inside(ast_, cursor, CXCursor_ContinueStmt))) {
    return unsupported_statement(
        cursor,
        "switch of this form (a case range, an init statement, code before a label, or both break and continue)", out);
  }
  const Location at = ast_.location(cursor);
  Stmt block = start(StmtKind::block, cursor);
  Expr selector = condition(parts[0], &block.body);
  if (selector.kind != ExprKind::variable && selector.kind != ExprKind::integer_literal) {
    const VariableId id = hidden_variable("switch", selector.type, at);
    Expr name = make_variable(id, selector.type, at);
    push_declaration(id, std::move(selector), parts[0], block.body);
    selector = std::move(name);
  }
  // From the last to the first, each branch's else is the chain after it; what falls through is repeated.
  std::vector<Stmt> chain;
  std::vector<std::vector<Stmt>> bodies(groups.found.size());
  for (std::size_t i = 0; i < groups.found.size(); ++i) {
    for (std::size_t next = i; next < groups.found.size(); ++next) {
      for (const CXCursor& each : groups.found[next].statements) statement(each, bodies[i]);
      if (groups.found[next].leaves) break;
    }
  }
  for (std::size_t i = 0; i < groups.found.size(); ++i) {
    if (groups.found[i].is_default) chain = bodies[i];
  }
  for (std::size_t back = groups.found.size(); back > 0; --back) {
    const Group& group = groups.found[back - 1];
    if (group.is_default || group.values.empty()) continue;
    Stmt stmt = start(StmtKind::branch, cursor);
    stmt.at = ast_.location(group.values.front());
    stmt.has_expr = true;
    for (const CXCursor& value : group.values) {
      Expr test = make_binary(Operator::equal, bool_type(), ast_.location(value), selector,
                              converted(expression(value), selector.type, at));
      if (&value == group.values.data()) {
        stmt.expr = std::move(test);
      } else {
        const Location here = test.at;
        stmt.expr = make_binary(Operator::logical_or, bool_type(), here, std::move(stmt.expr), std::move(test));
      }
    }
    stmt.expr.text = "switch (" + ast_.text(parts[0]) + ") case " + ast_.text(group.values.front());
    stmt.body = std::move(bodies[back - 1]);
    stmt.otherwise = std::move(chain);
    chain.clear();
    chain.push_back(std::move(stmt));
  }
  if (once) {
    Stmt loop = start(StmtKind::loop_post, cursor);
    loop.has_expr = true;
    loop.expr = make_integer(0, bool_type(), at);
    loop.expr.text = "once";
    loop.body = std::move(chain);
    block.body.push_back(std::move(loop));
  } else {
    for (Stmt& each : chain) block.body.push_back(std::move(each));
  }
  out.push_back(std::move(block));
}

}  // namespace costscan::source::front
