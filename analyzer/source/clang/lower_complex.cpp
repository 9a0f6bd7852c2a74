// std::complex and C's _Complex: a register of two numbers, whose products and functions stand in
// costmodels/source/complex.yaml.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "source/clang/lowering.hpp"

namespace costscan::source::front {
namespace {

struct Arithmetic {
  std::string_view spelled;
  std::string_view name;
  Operator op;
};

constexpr std::array arithmetic{
    Arithmetic{"+", "plus", Operator::add},
    Arithmetic{"-", "minus", Operator::subtract},
    Arithmetic{"*", "times", Operator::multiply},
    Arithmetic{"/", "over", Operator::divide},
};

/// Functions that take complex numbers, beside the class's own and its operators.
constexpr std::array functions{"std::abs",  "std::arg",  "std::norm",  "std::conj", "std::real",
                               "std::imag", "std::proj", "std::exp",   "std::log",  "std::sqrt",
                               "std::pow",  "std::sin",  "std::cos",   "std::tan",  "std::sinh",
                               "std::cosh", "std::tanh", "std::log10", "std::polar"};

bool takes_complex(std::string_view name) {
  return name.starts_with("std::complex::") || name.starts_with("std::operator") ||
         std::ranges::find(functions, name) != functions.end();
}

const Arithmetic* find(std::string_view spelled) {
  for (const Arithmetic& each : arithmetic) {
    if (each.spelled == spelled) return &each;
  }
  return nullptr;
}

}  // namespace

bool Lowering::is_complex(CXCursor cursor) const {
  const CXType plain = ast_.plain_type(ast_.c.clang_getCursorType(cursor));
  if (plain.kind == CXType_Complex) return ast_.type(plain).kind == TypeKind::floating;
  if (plain.kind != CXType_Record) return false;
  const CXCursor declaration = ast_.c.clang_getTypeDeclaration(plain);
  return ast_.in_system_header(declaration) && ast_.qualified_name(declaration, false) == "std::complex";
}

/// A call by the operands' kinds: "std::complex::times", or "std::complex::times_real" where one operand is a real
/// number.
Expr Lowering::complex_arithmetic(CXCursor cursor, std::string_view name, const Type& type, Expr left, Expr right) {
  const Location at = ast_.location(cursor);
  std::string called = "std::complex::" + std::string(name);
  if (left.type.lanes == 1) called = "std::complex::real_" + std::string(name);
  if (right.type.lanes == 1) called += "_real";
  Expr out = make(ExprKind::call, type, at, {std::move(left), std::move(right)});
  out.name = std::move(called);
  out.text = ast_.text(cursor);
  return out;
}

std::optional<Expr> Lowering::complex_call(const std::string& name, CXCursor cursor,
                                           const std::vector<CXCursor>& operands) {
  if (!takes_complex(name)) return std::nullopt;
  bool some = is_complex(cursor);
  for (const CXCursor& each : operands) some = some || is_complex(each);
  if (!some) return std::nullopt;
  const std::string last = name.substr(name.rfind("::") == std::string::npos ? 0 : name.rfind("::") + 2);
  const Location at = ast_.location(cursor);
  const Type type = ast_.type(cursor);
  const std::string symbol = last.starts_with("operator") ? last.substr(8) : "";
  if (symbol == "=" && operands.size() == 2) {
    Expr target = expression(operands[0]);
    return make(ExprKind::assign, type, at, {std::move(target), expression(operands[1])});
  }
  if (symbol.size() == 2 && symbol[1] == '=' && find(symbol.substr(0, 1)) != nullptr && operands.size() == 2) {
    const Expr target = expression(operands[0]);
    Expr value = complex_arithmetic(cursor, find(symbol.substr(0, 1))->name, type, target, expression(operands[1]));
    return make(ExprKind::assign, type, at, {target, std::move(value)});
  }
  if (const Arithmetic* known = find(symbol); known != nullptr && operands.size() == 2) {
    Expr left = expression(operands[0]);
    return complex_arithmetic(cursor, known->name, type, std::move(left), expression(operands[1]));
  }
  if (symbol == "+" && operands.size() == 1) return expression(operands[0]);
  Expr out = make(ExprKind::call, type, at);
  out.name = name + "<complex>";
  out.text = ast_.text(cursor);
  for (const CXCursor& each : operands) {
    if (ast_.kind(each) == CXCursor_UnexposedExpr && ast_.children(each).empty()) continue;  // a default
    out.args.push_back(expression(each));
  }
  return out;
}

/// C's operators on _Complex numbers; nullopt for those that are what they are of any number: =, ==, !=, a comma.
std::optional<Expr> Lowering::complex_operator(CXCursor cursor, Operator op, bool assigns, const Expr& left,
                                               const Expr& right) {
  if (op == Operator::none) return std::nullopt;
  const Type type = ast_.type(cursor);
  for (const Arithmetic& each : arithmetic) {
    if (each.op != op) continue;
    if (!assigns) return complex_arithmetic(cursor, each.name, type, left, right);
    const Type& computed = left.type.lanes > 1 ? left.type : right.type;
    Expr value = complex_arithmetic(cursor, each.name, computed, left, right);
    return make(ExprKind::assign, type, ast_.location(cursor),
                {left, converted(std::move(value), left.type, ast_.location(cursor))});
  }
  return std::nullopt;
}

/// __real__ z, __imag__ z, ~z.
Expr Lowering::complex_part(CXCursor cursor, std::string_view name, Expr operand) {
  Expr out = make(ExprKind::call, ast_.type(cursor), ast_.location(cursor), {std::move(operand)});
  out.name = fmt::format("std::{}<complex>", name);
  out.text = ast_.text(cursor);
  return out;
}

/// A copy is what is copied; parts become a value at no cost.
Expr Lowering::complex_value(CXCursor cursor, const std::vector<CXCursor>& arguments) {
  if (arguments.size() == 1 && is_complex(arguments[0])) return expression(arguments[0]);
  Expr out = make(ExprKind::call, ast_.type(cursor), ast_.location(cursor));
  out.name = "std::complex::complex";
  out.text = ast_.text(cursor);
  for (const CXCursor& each : arguments) {
    if (ast_.kind(each) == CXCursor_UnexposedExpr && ast_.children(each).empty()) continue;  // a default
    out.args.push_back(expression(each));
  }
  return out;
}

}  // namespace costscan::source::front
