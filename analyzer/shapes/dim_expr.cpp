#include "shapes/dim_expr.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "model/rational.hpp"

namespace costscan {
namespace {

/// Deep enough for any exporter, shallow enough for the stack: the text comes from a file.
constexpr int deepest_expression = 200;

bool starts_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool continues_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == ':' || c == '$';
}

DimExpr binary(DimOp op, DimExpr left, DimExpr right) {
  DimExpr out;
  out.op = op;
  out.operands.push_back(std::move(left));
  out.operands.push_back(std::move(right));
  return out;
}

/// Recursive descent with Python's precedence: + - | * / // % | unary - | **.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<DimExpr> parse() {
    auto expr = sum();
    if (!expr) return expr;
    skip_space();
    if (at_ != text_.size()) return error();
    return expr;
  }

 private:
  tl::unexpected<Error> error() const {
    return fail(ErrorKind::input,
                fmt::format("dimension '{}': not an expression (at character {})", text_.substr(0, 200), at_ + 1));
  }
  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool take(std::string_view token) {
    skip_space();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  bool peek_is(std::string_view token) {
    skip_space();
    return text_.substr(at_).starts_with(token);
  }

  Result<DimExpr> sum() {
    if (++depth_ > deepest_expression) return error();
    auto left = product();
    while (left) {
      const bool plus = take("+");
      if (!plus && !take("-")) break;
      auto right = product();
      if (!right) return right;
      left = binary(plus ? DimOp::add : DimOp::subtract, std::move(*left), std::move(*right));
    }
    --depth_;
    return left;
  }

  Result<DimExpr> product() {
    auto left = unary();
    while (left) {
      DimOp op = DimOp::multiply;
      if (peek_is("**")) break;
      if (take("//")) {
        op = DimOp::floor_divide;
      } else if (take("/")) {
        op = DimOp::divide;
      } else if (take("%")) {
        op = DimOp::modulo;
      } else if (!take("*")) {
        break;
      }
      auto right = unary();
      if (!right) return right;
      left = binary(op, std::move(*left), std::move(*right));
    }
    return left;
  }

  Result<DimExpr> unary() {
    if (++depth_ > deepest_expression) return error();
    Result<DimExpr> out = DimExpr{};
    if (take("-")) {
      auto inner = unary();
      if (!inner) return inner;
      out->op = DimOp::negate;
      out->operands.push_back(std::move(*inner));
    } else if (take("+")) {
      out = unary();
    } else {
      out = power();
    }
    --depth_;
    return out;
  }

  Result<DimExpr> power() {
    auto base = atom();
    if (!base || !take("**")) return base;
    auto exponent = unary();
    if (!exponent) return exponent;
    return binary(DimOp::power, std::move(*base), std::move(*exponent));
  }

  Result<DimExpr> atom() {
    if (take("(")) {
      auto inner = sum();
      if (!inner) return inner;
      if (!take(")")) return error();
      return inner;
    }
    skip_space();
    if (at_ >= text_.size()) return error();
    if (std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) return number();
    if (starts_name(text_[at_])) return name_or_call();
    return error();
  }

  Result<DimExpr> number() {
    DimExpr out;
    const auto [end, status] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), out.number);
    if (status != std::errc{}) return error();
    at_ = static_cast<std::size_t>(end - text_.data());
    if (at_ < text_.size() && text_[at_] == '.') return fraction(out.number);
    return out;
  }

  /// A decimal such as `0.5` or `2.0`, kept exact as a quotient.
  Result<DimExpr> fraction(std::int64_t whole) {
    ++at_;
    std::int64_t numerator = whole;
    std::int64_t denominator = 1;
    for (; at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0; ++at_) {
      if (__builtin_mul_overflow(numerator, 10, &numerator) ||
          __builtin_add_overflow(numerator, text_[at_] - '0', &numerator) ||
          __builtin_mul_overflow(denominator, 10, &denominator)) {
        return error();
      }
    }
    DimExpr over;
    over.number = numerator;
    DimExpr under;
    under.number = denominator;
    return binary(DimOp::divide, std::move(over), std::move(under));
  }

  Result<DimExpr> name_or_call() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && continues_name(text_[at_])) ++at_;
    DimExpr out;
    out.name = std::string(text_.substr(begin, at_ - begin));
    if (!peek_is("(")) {
      out.op = DimOp::symbol;
      return out;
    }
    take("(");
    out.op = DimOp::call;
    std::transform(out.name.begin(), out.name.end(), out.name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    do {
      auto operand = sum();
      if (!operand) return operand;
      out.operands.push_back(std::move(*operand));
    } while (take(","));
    if (!take(")")) return error();
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

using MaybeRational = std::optional<Rational>;  // nullopt: beyond the range, or a division by zero

MaybeRational integer(std::int64_t value) { return make_rational(value); }

MaybeRational power_of(Rational base, Rational exponent) {
  if (exponent.denominator != 1 || exponent.numerator > 64 || exponent.numerator < -64) return std::nullopt;
  MaybeRational out = Rational{1, 1};
  for (std::int64_t i = 0; out && i < std::abs(exponent.numerator); ++i) out = multiply(*out, base);
  return out && exponent.numerator < 0 ? divide({1, 1}, *out) : out;
}

MaybeRational floor_quotient(Rational a, Rational b) {
  const auto quotient = divide(a, b);
  return quotient ? integer(floor(*quotient)) : std::nullopt;
}

/// Python's modulo: the sign of the divisor.
MaybeRational modulo_of(Rational a, Rational b) {
  const auto quotient = floor_quotient(a, b);
  if (!quotient) return std::nullopt;
  const auto whole = multiply(*quotient, b);
  return whole ? add(a, negate(*whole)) : std::nullopt;
}

/// Functions of sympy and of torch's symbolic shapes. Names are lower-case.
bool less(Rational a, Rational b) { return compare(a, b) < 0; }

MaybeRational call(const std::string& name, const std::vector<Rational>& x) {
  const auto is = [&](std::size_t arity, std::initializer_list<std::string_view> names) {
    return x.size() == arity && std::find(names.begin(), names.end(), name) != names.end();
  };
  if (name == "min" && !x.empty()) return *std::min_element(x.begin(), x.end(), less);
  if (name == "max" && !x.empty()) return *std::max_element(x.begin(), x.end(), less);
  if (is(1, {"floor", "floortoint"})) return integer(floor(x[0]));
  if (is(1, {"ceil", "ceiling", "ceiltoint"})) return integer(ceil(x[0]));
  if (is(1, {"trunc", "trunctoint", "trunctofloat", "int"})) return integer(x[0].numerator / x[0].denominator);
  if (is(1, {"tofloat", "identity", "float"})) return x[0];
  if (is(1, {"abs"})) return Rational{std::abs(x[0].numerator), x[0].denominator};
  if (is(2, {"mod", "pythonmod", "modulo"})) return modulo_of(x[0], x[1]);
  if (is(2, {"floordiv", "floor_div", "cleandiv"})) return floor_quotient(x[0], x[1]);
  if (is(2, {"ceildiv", "ceil_div"})) {
    const auto quotient = divide(x[0], x[1]);
    return quotient ? integer(ceil(*quotient)) : std::nullopt;
  }
  if (is(2, {"inttruediv", "floattruediv", "truediv"})) return divide(x[0], x[1]);
  if (is(2, {"pow", "powbynatural", "floatpow"})) return power_of(x[0], x[1]);
  if (is(3, {"modularindexing"})) {
    const auto quotient = floor_quotient(x[0], x[1]);
    return quotient ? modulo_of(*quotient, x[2]) : std::nullopt;
  }
  if (is(1, {"roundtoint", "round"})) {  // half to even, as Python rounds
    const std::int64_t low = floor(x[0]);
    const auto rest = add(x[0], {-low, 1});
    if (!rest) return std::nullopt;
    const bool up = less({1, 2}, *rest) || (*rest == Rational{1, 2} && low % 2 != 0);
    return integer(low + (up ? 1 : 0));
  }
  return std::nullopt;
}

Result<Rational> whole_number(std::int64_t value) {
  const MaybeRational number = integer(value);
  if (number) return *number;
  return fail(ErrorKind::usage, fmt::format("a dimension of {} is beyond 2^62", value));
}

Result<Rational> evaluate_rational(const DimExpr& expr, const SymbolValues& symbols) {
  if (expr.op == DimOp::number) return whole_number(expr.number);
  if (expr.op == DimOp::symbol) {
    const auto it = symbols.find(expr.name);
    if (it != symbols.end()) return whole_number(it->second);
    return fail(ErrorKind::usage, fmt::format("dimension symbol '{}' is not bound", expr.name));
  }
  std::vector<Rational> x;
  x.reserve(expr.operands.size());
  for (const DimExpr& operand : expr.operands) {
    auto value = evaluate_rational(operand, symbols);
    if (!value) return value;
    x.push_back(*value);
  }
  MaybeRational out;
  switch (expr.op) {
    case DimOp::add: out = add(x[0], x[1]); break;
    case DimOp::subtract: out = add(x[0], negate(x[1])); break;
    case DimOp::multiply: out = multiply(x[0], x[1]); break;
    case DimOp::divide: out = divide(x[0], x[1]); break;
    case DimOp::floor_divide: out = floor_quotient(x[0], x[1]); break;
    case DimOp::modulo: out = modulo_of(x[0], x[1]); break;
    case DimOp::power: out = power_of(x[0], x[1]); break;
    case DimOp::negate: out = negate(x[0]); break;
    case DimOp::call: out = call(expr.name, x); break;
    default: break;
  }
  if (out) return *out;
  if (expr.op == DimOp::call) {
    return fail(ErrorKind::usage,
                fmt::format("dimension function '{}' of {} arguments has no value here", expr.name, x.size()));
  }
  return fail(ErrorKind::usage, "a dimension expression divides by zero or leaves the 64-bit range");
}

void collect_symbols(const DimExpr& expr, std::vector<std::string>& out) {
  if (expr.op == DimOp::symbol && std::find(out.begin(), out.end(), expr.name) == out.end()) out.push_back(expr.name);
  for (const DimExpr& operand : expr.operands) collect_symbols(operand, out);
}

}  // namespace

Result<DimExpr> parse_dim_expr(std::string_view text) { return Parser(text).parse(); }

Result<std::int64_t> evaluate(const DimExpr& expr, const SymbolValues& symbols) {
  const auto value = evaluate_rational(expr, symbols);
  if (!value) return tl::unexpected(value.error());
  if (value->denominator != 1) {
    return fail(ErrorKind::usage, fmt::format("a dimension expression comes out as the fraction {}/{}",
                                              value->numerator, value->denominator));
  }
  return value->numerator;
}

std::vector<std::string> symbols_of(const DimExpr& expr) {
  std::vector<std::string> out;
  collect_symbols(expr, out);
  return out;
}

std::optional<std::int64_t> solve(const DimExpr& expr, const std::string& symbol, std::int64_t target,
                                  SymbolValues symbols) {
  const auto at = [&](std::int64_t x) -> std::optional<std::int64_t> {
    symbols[symbol] = x;
    const auto value = evaluate(expr, symbols);
    return value ? std::optional(*value) : std::nullopt;
  };
  // Linear expressions, the usual case: two points give the slope.
  const auto one = at(1);
  const auto two = at(2);
  if (one && two && *two != *one && (target - *one) % (*two - *one) == 0) {
    const std::int64_t x = 1 + (target - *one) / (*two - *one);
    if (x >= 0 && at(x) == target) return x;
  }
  // Else the smallest one, for expressions that do not decrease (floor, ceiling, Min, Max).
  std::int64_t low = 0;
  std::int64_t high = std::int64_t{1} << 31;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    const auto value = at(middle);
    if (!value) return std::nullopt;
    if (*value >= target) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return at(low) == target ? std::optional(low) : std::nullopt;
}

}  // namespace costscan
