// Statements.
#include <algorithm>
#include <array>

#include "source/clang/lowering.hpp"

namespace costscan::source::front {
namespace {

constexpr int deepest_nesting = 256;  // as deep as clang lets brackets nest

/// What stands between a for's parentheses; a part that is absent is a null cursor.
struct ForParts {
  CXCursor init;
  CXCursor condition;
  CXCursor step;
  CXCursor body;
};

/// libclang lists only the parts that are there; which those are, the positions of the semicolons say.
ForParts parts_of(const Ast& ast, CXCursor loop) {
  const CXCursor none = ast.c.clang_getNullCursor();
  ForParts parts{none, none, none, none};
  std::vector<CXCursor> children = ast.children(loop);
  if (children.empty()) return parts;
  parts.body = children.back();
  children.pop_back();
  if (children.size() == 3) return {children[0], children[1], children[2], parts.body};
  std::array<unsigned, 2> semicolons{~0U, ~0U};
  std::size_t found = 0;
  int nesting = 0;
  for (const auto& [offset, token] : ast.tokens(loop)) {
    if (token == "(" || token == "{" || token == "[") ++nesting;
    if (token == ")" || token == "}" || token == "]") --nesting;
    if (token == ";" && nesting == 1 && found < semicolons.size()) semicolons[found++] = offset;
    if (nesting == 0 && found == semicolons.size()) break;
  }
  for (const CXCursor& child : children) {
    const unsigned at = ast.start(child);
    (at < semicolons[0] ? parts.init : at < semicolons[1] ? parts.condition : parts.step) = child;
  }
  return parts;
}

std::string statement_name(CXCursorKind kind) {
  switch (kind) {
    case CXCursor_GotoStmt: return "goto";
    case CXCursor_IndirectGotoStmt: return "computed goto";
    case CXCursor_LabelStmt: return "label that goto jumps to";
    case CXCursor_CXXTryStmt: return "try";
    case CXCursor_SEHTryStmt: return "__try";
    case CXCursor_GCCAsmStmt:
    case CXCursor_MSAsmStmt: return "inline assembly";
    default: return {};
  }
}

}  // namespace

Stmt Lowering::start(StmtKind kind, CXCursor cursor) const {
  Stmt out;
  out.kind = kind;
  out.at = ast_.location(cursor);
  out.end_line = ast_.end_line(cursor);
  return out;
}

void Lowering::unsupported_statement(CXCursor cursor, std::string what, std::vector<Stmt>& out) {
  Stmt stmt = start(StmtKind::unsupported, cursor);
  stmt.text = what;
  unit_.add_unsupported(stmt.at, std::move(what), id_);
  out.push_back(std::move(stmt));
}

void Lowering::statement(CXCursor cursor, std::vector<Stmt>& out) {
  if (nesting_ >= deepest_nesting) return unsupported_statement(cursor, "statements nested too deeply", out);
  ++nesting_;
  nested_statement(cursor, out);
  --nesting_;
}

void Lowering::nested_statement(CXCursor cursor, std::vector<Stmt>& out) {
  if (plain_statement(cursor, out)) return;
  const CXCursorKind kind = ast_.kind(cursor);
  switch (kind) {
    case CXCursor_CompoundStmt: {
      Stmt block = start(StmtKind::block, cursor);
      block.body = body_of_statement(cursor);
      out.push_back(std::move(block));
      return;
    }
    case CXCursor_IfStmt: return branch(cursor, out);
    case CXCursor_ForStmt: return for_loop(cursor, out);
    case CXCursor_WhileStmt: return while_loop(cursor, out);
    case CXCursor_DoStmt: return do_loop(cursor, out);
    case CXCursor_CXXForRangeStmt: return range_loop(cursor, out);
    case CXCursor_SwitchStmt: return switch_chain(cursor, out);
    case CXCursor_LabelStmt:
    case CXCursor_CXXTryStmt: {
      // What follows the label, or may throw, runs at least once.
      unsupported_statement(cursor, statement_name(kind), out);
      const std::vector<CXCursor> inner = ast_.children(cursor);
      if (!inner.empty()) statement(kind == CXCursor_LabelStmt ? inner.back() : inner.front(), out);
      return;
    }
    case CXCursor_UnexposedStmt: {
      // An attribute or loop hint in front of a statement; anything else libclang has no name for.
      const std::vector<CXCursor> inner = ast_.children(cursor);
      if (inner.size() == 1 && ast_.c.clang_isStatement(ast_.kind(inner.front())) != 0) {
        return statement(inner.front(), out);
      }
      return unsupported_statement(cursor, "statement not known to libclang: " + ast_.text(cursor), out);
    }
    default: break;
  }
  std::string what = statement_name(kind);
  if (what.empty()) what = ast_.take(ast_.c.clang_getCursorKindSpelling(kind));
  unsupported_statement(cursor, std::move(what), out);
}

/// Statements without parts; false where `cursor` is none of them.
bool Lowering::plain_statement(CXCursor cursor, std::vector<Stmt>& out) {
  const CXCursorKind kind = ast_.kind(cursor);
  if (kind == CXCursor_NullStmt) return true;
  if (kind == CXCursor_DeclStmt) {
    declarations(cursor, out);
    return true;
  }
  if (kind == CXCursor_ReturnStmt) {
    give_back(cursor, out);
    return true;
  }
  if (kind == CXCursor_BreakStmt || kind == CXCursor_ContinueStmt) {
    out.push_back(start(kind == CXCursor_BreakStmt ? StmtKind::leave : StmtKind::next, cursor));
    return true;
  }
  if (ast_.c.clang_isExpression(kind) != 0) {
    expression_statement(cursor, out);
    return true;
  }
  return false;
}

void Lowering::expression_statement(CXCursor cursor, std::vector<Stmt>& out) {
  std::vector<Stmt>* outer = std::exchange(prelude_, &out);
  Expr expr = expression(cursor);
  prelude_ = outer;
  push_expression(std::move(expr), ast_.end_line(cursor), out);
}

void Lowering::push_expression(Expr expr, int end_line, std::vector<Stmt>& out) {
  if (expr.kind == ExprKind::sequence) {
    for (Expr& each : expr.args) push_expression(std::move(each), end_line, out);
    return;
  }
  // `(void)0`, `(void)x` and what asserts leave behind.
  if (expr.kind == ExprKind::integer_literal || expr.kind == ExprKind::variable) return;
  Stmt stmt;
  stmt.kind = StmtKind::expression;
  stmt.at = expr.at;
  stmt.end_line = end_line;
  stmt.has_expr = true;
  stmt.expr = std::move(expr);
  out.push_back(std::move(stmt));
}

void Lowering::declarations(CXCursor cursor, std::vector<Stmt>& out) {
  constexpr std::array without_code{CXCursor_TypedefDecl,    CXCursor_TypeAliasDecl,    CXCursor_StructDecl,
                                    CXCursor_ClassDecl,      CXCursor_UnionDecl,        CXCursor_EnumDecl,
                                    CXCursor_StaticAssert,   CXCursor_UsingDeclaration, CXCursor_UsingDirective,
                                    CXCursor_NamespaceAlias, CXCursor_FunctionDecl};
  for (const CXCursor& child : ast_.children(cursor)) {
    const CXCursorKind kind = ast_.kind(child);
    if (kind == CXCursor_VarDecl) {
      declare(child, out);
    } else if (kind == CXCursor_UnexposedDecl && ast_.spelling(child).starts_with("[")) {
      structured_binding(child, out);
    } else if (std::ranges::find(without_code, kind) == without_code.end()) {
      unsupported_statement(child, "declaration: " + ast_.text(child), out);
    }
  }
}

std::vector<Stmt> Lowering::body_of_statement(CXCursor cursor) {
  std::vector<Stmt> out;
  if (ast_.c.clang_Cursor_isNull(cursor) != 0) return out;
  if (ast_.kind(cursor) == CXCursor_CompoundStmt) {
    for (const CXCursor& child : ast_.children(cursor)) statement(child, out);
  } else {
    statement(cursor, out);
  }
  return out;
}

Expr Lowering::condition(CXCursor cursor, std::vector<Stmt>* prelude) {
  std::vector<Stmt>* outer = std::exchange(prelude_, prelude);
  Expr out = expression(cursor);
  prelude_ = outer;
  if (out.text.empty()) out.text = ast_.text(cursor);
  return out;
}

void Lowering::branch(CXCursor cursor, std::vector<Stmt>& out) {
  std::vector<CXCursor> parts = ast_.children(cursor);
  const std::vector<std::pair<unsigned, std::string>> tokens = ast_.tokens(cursor);
  // `if (init; condition)`: libclang puts a declared condition variable and the init statement in front.
  Stmt block = start(StmtKind::block, cursor);
  std::vector<Stmt>* to = &out;
  unsigned semicolon = 0;
  int nesting = 0;
  for (const auto& [offset, token] : tokens) {
    if (token == "(" || token == "{" || token == "[") ++nesting;
    if (token == ")" || token == "}" || token == "]") --nesting;
    if (token == ";" && nesting == 1) semicolon = offset;
    if (token == ")" && nesting == 0) break;
  }
  while (parts.size() > 2 && (ast_.kind(parts.front()) == CXCursor_VarDecl || ast_.start(parts.front()) < semicolon)) {
    to = &block.body;
    const CXCursorKind kind = ast_.kind(parts.front());
    if (kind == CXCursor_VarDecl) {
      declare(parts.front(), *to);
    } else {
      statement(parts.front(), *to);
    }
    parts.erase(parts.begin());
  }
  if (parts.size() < 2) return unsupported_statement(cursor, "if without a condition: " + ast_.text(cursor), out);
  Stmt stmt = start(StmtKind::branch, cursor);
  stmt.has_expr = true;
  const bool at_compile_time = tokens.size() > 1 && tokens[1].second == "constexpr";
  const auto known = at_compile_time ? ast_.integer(parts[0]) : std::nullopt;
  if (known) {
    for (Stmt& each : body_of_statement(*known != 0        ? parts[1]
                                        : parts.size() > 2 ? parts[2]
                                                           : ast_.c.clang_getNullCursor())) {
      to->push_back(std::move(each));
    }
  } else {
    stmt.expr = condition(parts[0], to);
    stmt.body = body_of_statement(parts[1]);
    if (parts.size() > 2) stmt.otherwise = body_of_statement(parts[2]);
    to->push_back(std::move(stmt));
  }
  if (to == &block.body) out.push_back(std::move(block));
}

void Lowering::for_loop(CXCursor cursor, std::vector<Stmt>& out) {
  const ForParts parts = parts_of(ast_, cursor);
  Stmt loop = start(StmtKind::loop, cursor);
  loop.pragmas = pragmas_above(cursor);
  if (ast_.c.clang_Cursor_isNull(parts.init) == 0) statement(parts.init, loop.init);
  if (ast_.c.clang_Cursor_isNull(parts.condition) == 0) {
    loop.has_expr = true;
    if (ast_.kind(parts.condition) == CXCursor_VarDecl) {
      loop.expr = unsupported(parts.condition, "variable declared in a loop's condition");
    } else {
      loop.expr = condition(parts.condition, nullptr);
    }
  }
  if (ast_.c.clang_Cursor_isNull(parts.step) == 0) {
    Expr step = condition(parts.step, nullptr);
    const auto spread = [&](const auto& self, Expr each) -> void {
      if (each.kind != ExprKind::sequence) return loop.step.push_back(std::move(each));
      for (Expr& inner : each.args) self(self, std::move(inner));
    };
    spread(spread, std::move(step));
  }
  loop.body = body_of_statement(parts.body);
  out.push_back(std::move(loop));
}

void Lowering::while_loop(CXCursor cursor, std::vector<Stmt>& out) {
  const std::vector<CXCursor> parts = ast_.children(cursor);
  if (parts.size() != 2) {
    return unsupported_statement(cursor, "variable declared in a loop's condition", out);
  }
  Stmt loop = start(StmtKind::loop, cursor);
  loop.pragmas = pragmas_above(cursor);
  loop.has_expr = true;
  loop.expr = condition(parts[0], nullptr);
  loop.body = body_of_statement(parts[1]);
  out.push_back(std::move(loop));
}

void Lowering::do_loop(CXCursor cursor, std::vector<Stmt>& out) {
  const std::vector<CXCursor> parts = ast_.children(cursor);
  if (parts.size() != 2) return unsupported_statement(cursor, "do: " + ast_.text(cursor), out);
  Stmt loop = start(StmtKind::loop_post, cursor);
  loop.has_expr = true;
  loop.body = body_of_statement(parts[0]);
  loop.expr = condition(parts[1], nullptr);
  out.push_back(std::move(loop));
}

void Lowering::give_back(CXCursor cursor, std::vector<Stmt>& out) {
  Stmt stmt = start(StmtKind::give_back, cursor);
  const std::vector<CXCursor> value = expression_children(cursor);
  // A reference to a record (`return *this;`) moves nothing.
  const bool by_reference = ast_.is_reference(ast_.c.clang_getCursorResultType(definition_)) && !value.empty() &&
                            ast_.is_plain_record(ast_.c.clang_getCursorType(value.back()));
  if (!value.empty() && !by_reference) {
    stmt.has_expr = true;
    std::vector<Stmt>* outer = std::exchange(prelude_, &out);
    stmt.expr = ast_.is_plain_record(ast_.c.clang_getCursorType(value.back()))
                    ? as_value(object(value.back()), value.back())
                    : expression(value.back());
    prelude_ = outer;
  }
  out.push_back(std::move(stmt));
}

std::vector<std::string> Lowering::pragmas_above(CXCursor loop) const {
  std::vector<std::string> out;
  const std::string_view text = ast_.file_text(loop);
  std::size_t line_start = text.rfind('\n', ast_.start(loop));
  while (line_start != std::string_view::npos && line_start > 0) {
    const std::size_t before = text.rfind('\n', line_start - 1);
    const std::size_t from = before == std::string_view::npos ? 0 : before + 1;
    std::string_view line = text.substr(from, line_start - from);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    constexpr std::string_view mark = "#pragma";
    if (!line.starts_with(mark)) break;
    line.remove_prefix(mark.size());
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
    out.emplace(out.begin(), line);
    line_start = before;
  }
  return out;
}

}  // namespace costscan::source::front
