// The normal form of dimension expressions: a polynomial with rational coefficients over atoms, an atom being a symbol
// or a call whose arguments are in normal form. Exponents may be negative, so that (batch*total)/batch cancels.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/rational.hpp"
#include "shapes/dim_expr.hpp"

namespace costscan {
namespace {

using Monomial = std::map<std::string, std::int64_t>;  // atom → exponent, never 0
using Polynomial = std::map<Monomial, Rational>;       // coefficient never 0
using MaybePolynomial = std::optional<Polynomial>;     // nullopt: left the 64-bit range

constexpr std::size_t max_terms = 256;

Polynomial constant(Rational value) { return value.numerator == 0 ? Polynomial{} : Polynomial{{Monomial{}, value}}; }
Polynomial atom(std::string text) { return {{Monomial{{std::move(text), 1}}, Rational{1, 1}}}; }

MaybePolynomial sum(Polynomial a, const Polynomial& b, Rational factor) {
  for (const auto& [monomial, coefficient] : b) {
    const auto scaled = multiply(coefficient, factor);
    if (!scaled) return std::nullopt;
    const auto total = add(a[monomial], *scaled);
    if (!total) return std::nullopt;
    if (total->numerator == 0) {
      a.erase(monomial);
    } else {
      a[monomial] = *total;
    }
  }
  return a;
}

MaybePolynomial product(const Polynomial& a, const Polynomial& b) {
  if (a.size() * b.size() > max_terms) return std::nullopt;
  MaybePolynomial out = Polynomial{};
  for (const auto& [left, left_coefficient] : a) {
    for (const auto& [right, right_coefficient] : b) {
      const auto coefficient = multiply(left_coefficient, right_coefficient);
      if (!coefficient) return std::nullopt;
      Monomial both = left;
      for (const auto& [name, exponent] : right) {
        if ((both[name] += exponent) == 0) both.erase(name);
      }
      out = sum(std::move(*out), {{both, *coefficient}}, {1, 1});
      if (!out) return std::nullopt;
    }
  }
  return out;
}

std::string print(const Polynomial& polynomial) {
  if (polynomial.empty()) return "0";
  std::string out;
  for (const auto& [monomial, coefficient] : polynomial) {
    if (!out.empty()) out += " + ";
    out += to_string(coefficient);
    for (const auto& [name, exponent] : monomial) {
      out += '*' + name;
      if (exponent != 1) out += fmt::format("**{}", exponent);
    }
  }
  return out;
}

/// Whether the value is an integer for all integer symbols, as far as its form tells.
bool surely_integer(const Polynomial& polynomial) {
  return std::all_of(polynomial.begin(), polynomial.end(), [](const auto& term) {
    return term.second.denominator == 1 &&
           std::all_of(term.first.begin(), term.first.end(), [](const auto& factor) { return factor.second > 0; });
  });
}

MaybePolynomial normal_form(const DimExpr& expr);

Polynomial floor_of_form(const Polynomial& inner) {
  return surely_integer(inner) ? inner : atom("floor(" + print(inner) + ")");
}

MaybePolynomial quotient(const DimExpr& over, const DimExpr& under) {
  const auto a = normal_form(over);
  const auto b = normal_form(under);
  if (!a || !b || b->empty()) return std::nullopt;
  if (b->size() == 1) {  // a single term has an inverse
    const auto& [monomial, coefficient] = *b->begin();
    const auto inverse = divide({1, 1}, coefficient);
    if (!inverse) return std::nullopt;
    Monomial flipped = monomial;
    for (auto& [name, exponent] : flipped) exponent = -exponent;
    return product(*a, {{flipped, *inverse}});
  }
  return product(*a, {{Monomial{{"(" + print(*b) + ")", -1}}, Rational{1, 1}}});
}

MaybePolynomial call_form(const DimExpr& expr) {
  std::vector<std::string> arguments;
  const std::string& name = expr.name;
  if (expr.operands.size() == 1 && (name == "floor" || name == "floortoint")) {
    const auto inner = normal_form(expr.operands[0]);
    return inner ? MaybePolynomial(floor_of_form(*inner)) : std::nullopt;
  }
  if (expr.operands.size() == 1 && (name == "ceiling" || name == "ceil" || name == "ceiltoint")) {
    // ceil(x) = -floor(-x): one kind of atom for both.
    const auto inner = normal_form(expr.operands[0]);
    const auto negative = inner ? sum({}, *inner, {-1, 1}) : std::nullopt;
    return negative ? sum({}, floor_of_form(*negative), {-1, 1}) : std::nullopt;
  }
  if (expr.operands.size() == 2 && (name == "inttruediv" || name == "floattruediv" || name == "truediv")) {
    return quotient(expr.operands[0], expr.operands[1]);
  }
  if (expr.operands.size() == 2 && (name == "floordiv" || name == "floor_div" || name == "cleandiv")) {
    const auto inner = quotient(expr.operands[0], expr.operands[1]);
    return inner ? MaybePolynomial(floor_of_form(*inner)) : std::nullopt;
  }
  if (expr.operands.size() == 1 && (name == "tofloat" || name == "identity")) return normal_form(expr.operands[0]);
  for (const DimExpr& operand : expr.operands) {
    const auto form = normal_form(operand);
    if (!form) return std::nullopt;
    arguments.push_back(print(*form));
  }
  if (name == "min" || name == "max") std::sort(arguments.begin(), arguments.end());
  const std::string canonical_name = name == "pythonmod" || name == "modulo" ? "mod" : name;
  return atom(fmt::format("{}({})", canonical_name, fmt::join(arguments, ", ")));
}

MaybePolynomial power_form(const DimExpr& expr) {
  const auto base = normal_form(expr.operands[0]);
  const auto exponent = normal_form(expr.operands[1]);
  if (!base || !exponent) return std::nullopt;
  const bool small =
      exponent->empty() ||
      (exponent->size() == 1 && exponent->begin()->first.empty() && exponent->begin()->second.denominator == 1 &&
       exponent->begin()->second.numerator > 0 && exponent->begin()->second.numerator <= 8);
  if (!small) return atom("pow(" + print(*base) + ", " + print(*exponent) + ")");
  MaybePolynomial out = constant({1, 1});
  const std::int64_t times = exponent->empty() ? 0 : exponent->begin()->second.numerator;
  for (std::int64_t i = 0; out && i < times; ++i) out = product(*out, *base);
  return out;
}

MaybePolynomial normal_form(const DimExpr& expr) {
  switch (expr.op) {
    case DimOp::number: return constant({expr.number, 1});
    case DimOp::symbol: return atom(expr.name);
    case DimOp::call: return call_form(expr);
    case DimOp::power: return power_form(expr);
    case DimOp::divide: return quotient(expr.operands[0], expr.operands[1]);
    case DimOp::floor_divide: {
      const auto inner = quotient(expr.operands[0], expr.operands[1]);
      return inner ? MaybePolynomial(floor_of_form(*inner)) : std::nullopt;
    }
    case DimOp::negate: {
      const auto inner = normal_form(expr.operands[0]);
      return inner ? sum({}, *inner, {-1, 1}) : std::nullopt;
    }
    default: break;
  }
  const auto a = normal_form(expr.operands[0]);
  const auto b = normal_form(expr.operands[1]);
  if (!a || !b) return std::nullopt;
  if (expr.op == DimOp::add) return sum(*a, *b, {1, 1});
  if (expr.op == DimOp::subtract) return sum(*a, *b, {-1, 1});
  if (expr.op == DimOp::multiply) return product(*a, *b);
  return atom("mod(" + print(*a) + ", " + print(*b) + ")");
}

/// Plain text of the tree, for expressions too large for the normal form.
std::string verbatim(const DimExpr& expr) {
  if (expr.op == DimOp::number) return fmt::format("{}", expr.number);
  if (expr.op == DimOp::symbol) return expr.name;
  std::string out = expr.op == DimOp::call ? expr.name : fmt::format("op{}", static_cast<int>(expr.op));
  out += '(';
  for (const DimExpr& operand : expr.operands) out += verbatim(operand) + ',';
  return out + ')';
}

}  // namespace

std::string canonical(const DimExpr& expr) {
  const auto form = normal_form(expr);
  return form ? print(*form) : verbatim(expr);
}

}  // namespace costscan
