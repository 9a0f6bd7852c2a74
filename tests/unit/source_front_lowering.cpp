// The front end's lowering, against the texts in tests/source/front.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "source/front.hpp"
#include "source/program_text.hpp"

namespace costscan::source {
namespace {

namespace fs = std::filesystem;

fs::path folder() { return fs::path(COSTSCAN_SOURCE_DIR) / "tests" / "source" / "front"; }

std::string read(const fs::path& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

FrontOptions options_of(const fs::path& path) {
  FrontOptions options;
  options.search_compile_commands = false;
  std::istringstream first(read(path).substr(0, 200));
  std::string line;
  std::getline(first, line);
  constexpr std::string_view mark = "// args: ";
  if (!line.starts_with(mark)) return options;
  std::istringstream words(line.substr(mark.size()));
  for (std::string word; words >> word;) options.compiler_arguments.push_back(word);
  return options;
}

std::vector<fs::path> cases() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder())) {
    const fs::path extension = entry.path().extension();
    if (extension == ".cpp" || extension == ".c") out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

void expect_well_formed(const Program& program);

TEST(FrontEnd, LowersEveryCaseToItsText) {
  ASSERT_GE(cases().size(), 14U);
  for (const fs::path& path : cases()) {
    SCOPED_TRACE(path.filename().string());
    const auto program = parse_source(path, options_of(path));
    ASSERT_TRUE(program) << program.error().message;
    fs::path expected = path;
    expected.replace_extension(".txt");
    const std::string text = to_text(*program);
    if (!fs::exists(expected) && std::getenv("COSTSCAN_WRITE_EXPECTED") != nullptr) std::ofstream(expected) << text;
    EXPECT_EQ(text, read(expected));
    expect_well_formed(*program);
  }
}

/// Every expression and statement of a function, its own and what it holds.
template <class OnExpr, class OnStmt>
void visit(const std::vector<Stmt>& body, const OnExpr& on_expr, const OnStmt& on_stmt) {
  const auto expr = [&](const auto& self, const Expr& e) -> void {
    on_expr(e);
    for (const Expr& each : e.args) self(self, each);
  };
  for (const Stmt& stmt : body) {
    on_stmt(stmt);
    if (stmt.has_expr) expr(expr, stmt.expr);
    for (const Expr& each : stmt.step) expr(expr, each);
    visit(stmt.init, on_expr, on_stmt);
    visit(stmt.body, on_expr, on_stmt);
    visit(stmt.otherwise, on_expr, on_stmt);
  }
}

void expect_well_formed(const Program& program, const Function& function, FunctionId id) {
  SCOPED_TRACE(function.name);
  EXPECT_GT(function.at.line, 0);
  EXPECT_GE(function.end_line, function.at.line);
  const auto variables = static_cast<VariableId>(function.variables.size());
  std::size_t unsupported = 0;
  const auto on_expr = [&](const Expr& e) {
    EXPECT_GT(e.at.line, 0) << to_text(function, e);
    if (e.kind == ExprKind::variable) {
      EXPECT_TRUE(e.variable >= 0 && e.variable < variables);
    }
    if (e.kind == ExprKind::unsupported) ++unsupported;
    if (e.callee == no_function) return;
    ASSERT_LT(static_cast<std::size_t>(e.callee), program.functions.size());
    const Function& callee = program.functions[static_cast<std::size_t>(e.callee)];
    EXPECT_EQ(e.name, callee.name);
    EXPECT_EQ(e.args.size(), callee.parameters.size()) << to_text(function, e);
  };
  const auto on_stmt = [&](const Stmt& stmt) {
    EXPECT_GT(stmt.at.line, 0);
    if (stmt.kind == StmtKind::declare) {
      EXPECT_TRUE(stmt.variable >= 0 && stmt.variable < variables);
    }
    if (stmt.kind == StmtKind::unsupported) ++unsupported;
  };
  visit(function.body, on_expr, on_stmt);
  const auto named = std::ranges::count(program.unsupported, id, &Unsupported::function);
  EXPECT_EQ(unsupported > 0, named > 0) << "what is not understood is named, and nothing else is";
}

/// What counting and lint rely on.
void expect_well_formed(const Program& program) {
  for (std::size_t i = 0; i < program.functions.size(); ++i) {
    expect_well_formed(program, program.functions[i], static_cast<FunctionId>(i));
  }
}

}  // namespace
}  // namespace costscan::source
