#include "source/program_text.hpp"

#include <fmt/core.h>

#include <array>

namespace costscan::source {
namespace {

constexpr std::array operator_texts{
    "", "-", "~", "!", "+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^", "<", "<=", ">", ">=", "==", "!=", "&&", "||",
};

std::string operator_text(Operator op) { return operator_texts.at(static_cast<std::size_t>(op)); }

class Writer {
 public:
  explicit Writer(const Function& function) : function_(function) {}

  std::string out;

  void statements(const std::vector<Stmt>& body, int depth) {
    for (const Stmt& stmt : body) statement(stmt, depth);
  }

  [[nodiscard]] std::string expr(const Expr& e) const {
    switch (e.kind) {
      case ExprKind::integer_literal: return (e.name.empty() ? "" : e.name + "=") + std::to_string(e.integer);
      case ExprKind::floating_literal: return fmt::format("{:g}f", e.real);
      case ExprKind::variable: return variable(e.variable);
      case ExprKind::unary: return operator_text(e.op) + arg(e, 0);
      case ExprKind::binary: return fmt::format("({} {} {})", arg(e, 0), operator_text(e.op), arg(e, 1));
      case ExprKind::assign: return fmt::format("{} {}= {}", arg(e, 0), operator_text(e.op), arg(e, 1));
      case ExprKind::increment: {
        const std::string sign = e.integer > 0 ? "++" : "--";
        return e.prefix ? sign + arg(e, 0) : arg(e, 0) + sign;
      }
      case ExprKind::conditional: return fmt::format("({} ? {} : {})", arg(e, 0), arg(e, 1), arg(e, 2));
      case ExprKind::convert: return fmt::format("{}({})", to_text(e.type), arg(e, 0));
      case ExprKind::subscript: return fmt::format("{}[{}]", arg(e, 0), arg(e, 1));
      case ExprKind::dereference: return "*" + arg(e, 0);
      case ExprKind::address_of: return "&" + arg(e, 0);
      case ExprKind::size_of_container: return fmt::format("size({})", arg(e, 0));
      case ExprKind::member: return fmt::format("{}.{}", e.args.empty() ? "?" : arg(e, 0), e.name);
      case ExprKind::call: return fmt::format("{}{}({})", e.callee == no_function ? "" : "@", e.name, all(e));
      case ExprKind::list: return fmt::format("{}{{{}}}", e.name.empty() ? to_text(e.type) : e.name, all(e));
      case ExprKind::sequence: return fmt::format("seq({})", all(e));
      case ExprKind::string_literal: return fmt::format("string({})", e.name);
      case ExprKind::unsupported: return fmt::format("UNSUPPORTED<{}>", e.name);
    }
    return "?";
  }

  [[nodiscard]] std::string declaration(VariableId id) const {
    const Variable& v = function_.variables.at(static_cast<std::size_t>(id));
    return fmt::format("{}{}{} {}", v.is_const ? "const " : "", to_text(v.type), v.is_reference ? "&" : "", v.name);
  }

 private:
  const Function& function_;

  [[nodiscard]] std::string variable(VariableId id) const {
    const auto index = static_cast<std::size_t>(id);
    return index < function_.variables.size() ? function_.variables[index].name : "?";
  }

  [[nodiscard]] std::string arg(const Expr& e, std::size_t i) const {
    return i < e.args.size() ? expr(e.args[i]) : "?";
  }

  [[nodiscard]] std::string all(const Expr& e) const {
    std::string text;
    for (const Expr& each : e.args) text += (text.empty() ? "" : ", ") + expr(each);
    return text;
  }

  void line(int depth, int number, const std::string& text) {
    out += fmt::format("{}{}  [{}]\n", std::string(static_cast<std::size_t>(depth) * 2, ' '), text, number);
  }

  void statement(const Stmt& s, int depth) {
    const std::string value = s.has_expr ? expr(s.expr) : "";
    switch (s.kind) {
      case StmtKind::expression: return line(depth, s.at.line, value);
      case StmtKind::declare:
        return line(depth, s.at.line, declaration(s.variable) + (s.has_expr ? " = " + value : ""));
      case StmtKind::block: line(depth, s.at.line, "block"); return statements(s.body, depth + 1);
      case StmtKind::branch:
        line(depth, s.at.line, "if " + value);
        statements(s.body, depth + 1);
        if (!s.otherwise.empty()) {
          line(depth, s.at.line, "else");
          statements(s.otherwise, depth + 1);
        }
        return;
      case StmtKind::loop: {
        for (const std::string& pragma : s.pragmas) line(depth, s.at.line, "#" + pragma);
        line(depth, s.at.line, "loop " + value);
        if (!s.init.empty()) line(depth, s.at.line, " init");
        statements(s.init, depth + 2);
        for (const Expr& each : s.step) line(depth, s.at.line, " step " + expr(each));
        return statements(s.body, depth + 1);
      }
      case StmtKind::loop_post:
        line(depth, s.at.line, "do");
        statements(s.body, depth + 1);
        return line(depth, s.at.line, "while " + value);
      case StmtKind::give_back: return line(depth, s.at.line, s.has_expr ? "return " + value : "return");
      case StmtKind::leave: return line(depth, s.at.line, "break");
      case StmtKind::next: return line(depth, s.at.line, "continue");
      case StmtKind::unsupported: return line(depth, s.at.line, "UNSUPPORTED " + s.text);
    }
  }
};

std::string number_text(const Type& type) {
  std::string text = type.kind == TypeKind::boolean    ? "bool"
                     : type.kind == TypeKind::floating ? "f" + std::to_string(type.bits)
                                                       : (type.is_signed ? "i" : "u") + std::to_string(type.bits);
  return type.lanes > 1 ? text + "x" + std::to_string(type.lanes) : text;
}

}  // namespace

std::string to_text(const Type& type) {
  const std::string element = type.element == nullptr ? "?" : to_text(*type.element);
  switch (type.kind) {
    case TypeKind::none: return "void";
    case TypeKind::boolean:
    case TypeKind::integer:
    case TypeKind::floating: return number_text(type);
    case TypeKind::pointer: return "ptr<" + element + ">";
    case TypeKind::container: return "vec<" + element + ">";
    case TypeKind::array: {
      std::string text = element;
      for (const std::int64_t extent : type.extents) {
        text += extent == unknown_extent ? std::string("[?]") : fmt::format("[{}]", extent);
      }
      return text;
    }
    case TypeKind::record:
    case TypeKind::opaque: return type.name;
  }
  return "?";
}

std::string to_text(const Function& function, const Expr& expr) { return Writer(function).expr(expr); }

std::string to_text(const Program& program) {
  std::string out;
  for (const Function& function : program.functions) {
    Writer writer(function);
    std::string parameters;
    for (const VariableId id : function.parameters) {
      parameters += (parameters.empty() ? "" : ", ") + writer.declaration(id);
    }
    out += fmt::format("{} {}({})  [{}]{}\n", to_text(function.result), function.name, parameters, function.at.line,
                       function.listed ? "" : " unlisted");
    for (const std::string& each : function.assumptions) out += "  assuming " + each + "\n";
    writer.statements(function.body, 1);
    out += writer.out;
  }
  for (const Unsupported& each : program.unsupported) {
    out += fmt::format("unsupported {}:{}: {}\n", each.at.line, each.at.column, each.what);
  }
  return out;
}

}  // namespace costscan::source
