#include <array>
#include <cctype>
#include <utility>

#include "costs/expression.hpp"
#include "model/checked_math.hpp"

namespace costscan {
namespace {

// Deeper than any formula a person writes, shallow enough for every stack.
constexpr int deepest_nesting = 100;

enum class TokenKind { end, number, name, text, sign };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;
  std::size_t column = 0;
};

using Parsed = tl::expected<Expression, std::string>;

Expression operation(Op op, std::vector<Expression> args) {
  Expression expression;
  expression.op = op;
  expression.args = std::move(args);
  return expression;
}

template <class... Args>
Expression operation_of(Op op, Args... args) {
  std::vector<Expression> list;
  (list.push_back(std::move(args)), ...);
  return operation(op, std::move(list));
}

bool is_name_start(char c) noexcept { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) noexcept { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// Recursive descent over one line; `token_` is the one being looked at.
class Parser {
 public:
  explicit Parser(std::string_view source) : source_(source) { advance(); }

  Parsed parse_all() {
    Parsed parsed = parse_or();
    if (!parsed) return parsed;
    if (!error_.empty()) return tl::unexpected(error_);
    if (token_.kind != TokenKind::end) return unexpected("an operator or the end");
    return parsed;
  }

 private:
  std::string_view source_;
  std::size_t position_ = 0;
  Token token_;
  std::string error_;
  int depth_ = 0;

  tl::unexpected<std::string> error_at(std::size_t column, const std::string& what) const {
    if (!error_.empty()) return tl::unexpected(error_);
    return tl::unexpected("column " + std::to_string(column + 1) + ": " + what);
  }
  tl::unexpected<std::string> unexpected(const std::string& wanted) const {
    const std::string seen = token_.kind == TokenKind::end ? "the end" : "'" + std::string(token_.text) + "'";
    return error_at(token_.column, "expected " + wanted + ", found " + seen);
  }

  void take(TokenKind kind, std::size_t begin, std::size_t end) {
    token_ = {kind, source_.substr(begin, end - begin), begin};
    position_ = end;
  }

  void advance() {
    while (position_ < source_.size() && std::isspace(static_cast<unsigned char>(source_[position_])) != 0) ++position_;
    const std::size_t begin = position_;
    if (begin >= source_.size()) return take(TokenKind::end, source_.size(), source_.size());
    std::size_t end = begin + 1;
    const char first = source_[begin];
    if (is_name_start(first)) {
      while (end < source_.size() && (is_name_start(source_[end]) || is_digit(source_[end]))) ++end;
      return take(TokenKind::name, begin, end);
    }
    if (is_digit(first)) {
      while (end < source_.size() && (is_digit(source_[end]) || source_[end] == '.')) ++end;
      return take(TokenKind::number, begin, end);
    }
    if (first == '\'') {
      end = source_.find('\'', end);
      if (end == std::string_view::npos) {
        if (error_.empty()) error_ = "column " + std::to_string(begin + 1) + ": a text without closing quote";
        return take(TokenKind::end, source_.size(), source_.size());
      }
      return take(TokenKind::text, begin, end + 1);
    }
    const std::string_view two = source_.substr(begin, 2);
    if (two == "==" || two == "!=" || two == "<=" || two == ">=") ++end;
    take(TokenKind::sign, begin, end);
  }

  bool at_sign(std::string_view sign) const noexcept { return token_.kind == TokenKind::sign && token_.text == sign; }
  bool at_word(std::string_view word) const noexcept { return token_.kind == TokenKind::name && token_.text == word; }
  bool skip_sign(std::string_view sign) {
    if (!at_sign(sign)) return false;
    advance();
    return true;
  }

  Parsed parse_or() {
    if (++depth_ > deepest_nesting) return error_at(token_.column, "nested too deeply");
    Parsed left = parse_and();
    while (left && at_word("or")) {
      advance();
      Parsed right = parse_and();
      if (!right) return right;
      left = operation_of(Op::logical_or, std::move(*left), std::move(*right));
    }
    --depth_;
    return left;
  }

  Parsed parse_and() {
    Parsed left = parse_not();
    while (left && at_word("and")) {
      advance();
      Parsed right = parse_not();
      if (!right) return right;
      left = operation_of(Op::logical_and, std::move(*left), std::move(*right));
    }
    return left;
  }

  Parsed parse_not() {
    if (!at_word("not")) return parse_comparison();
    advance();
    if (++depth_ > deepest_nesting) return error_at(token_.column, "nested too deeply");
    Parsed operand = parse_not();
    --depth_;
    if (!operand) return operand;
    return operation_of(Op::logical_not, std::move(*operand));
  }

  Op comparison_here() const noexcept {
    static constexpr std::array<std::pair<std::string_view, Op>, 6> comparisons{{{"==", Op::equal},
                                                                                 {"!=", Op::not_equal},
                                                                                 {"<", Op::less},
                                                                                 {"<=", Op::less_equal},
                                                                                 {">", Op::greater},
                                                                                 {">=", Op::greater_equal}}};
    for (const auto& [sign, op] : comparisons) {
      if (at_sign(sign)) return op;
    }
    return Op::none;
  }

  Parsed parse_comparison() {
    Parsed left = parse_sum();
    if (!left) return left;
    const Op op = comparison_here();
    if (op == Op::none) return left;
    advance();
    Parsed right = parse_sum();
    if (!right) return right;
    if (comparison_here() != Op::none) return error_at(token_.column, "comparisons do not chain; join them with 'and'");
    return operation_of(op, std::move(*left), std::move(*right));
  }

  Parsed parse_sum() {
    Parsed left = parse_product();
    while (left && (at_sign("+") || at_sign("-"))) {
      const Op op = at_sign("+") ? Op::add : Op::subtract;
      advance();
      Parsed right = parse_product();
      if (!right) return right;
      left = operation_of(op, std::move(*left), std::move(*right));
    }
    return left;
  }

  Parsed parse_product() {
    Parsed left = parse_unary();
    while (left && (at_sign("*") || at_sign("/"))) {
      const Op op = at_sign("*") ? Op::multiply : Op::divide;
      advance();
      Parsed right = parse_unary();
      if (!right) return right;
      left = operation_of(op, std::move(*left), std::move(*right));
    }
    return left;
  }

  Parsed parse_unary() {
    if (!skip_sign("-")) return parse_postfix();
    if (++depth_ > deepest_nesting) return error_at(token_.column, "nested too deeply");
    Parsed operand = parse_unary();
    --depth_;
    if (!operand) return operand;
    return operation_of(Op::negate, std::move(*operand));
  }

  Parsed parse_postfix() {
    Parsed value = parse_primary();
    while (value && skip_sign("[")) {
      value = parse_subscript(std::move(*value));
    }
    return value;
  }

  Parsed parse_subscript(Expression list) {
    Expression first;
    if (!at_sign(":")) {
      Parsed parsed = parse_or();
      if (!parsed) return parsed;
      first = std::move(*parsed);
      if (skip_sign("]")) return operation_of(Op::index, std::move(list), std::move(first));
    }
    if (!skip_sign(":")) return unexpected("']' or ':'");
    Expression last;
    if (!at_sign("]")) {
      Parsed parsed = parse_or();
      if (!parsed) return parsed;
      last = std::move(*parsed);
    }
    if (!skip_sign("]")) return unexpected("']'");
    return operation_of(Op::slice, std::move(list), std::move(first), std::move(last));
  }

  Parsed parse_primary() {
    const Token token = token_;
    switch (token.kind) {
      case TokenKind::number: advance(); return parse_number(token);
      case TokenKind::text: {
        advance();
        Expression expression;
        expression.op = Op::text;
        expression.name = token.text.substr(1, token.text.size() - 2);
        return expression;
      }
      case TokenKind::name: advance(); return at_sign("(") ? parse_call(token) : parse_word(token);
      case TokenKind::sign:
        if (skip_sign("(")) {
          Parsed inner = parse_or();
          if (inner && !skip_sign(")")) return unexpected("')'");
          return inner;
        }
        if (skip_sign("[")) return parse_list();
        break;
      case TokenKind::end: break;
    }
    return unexpected("a value");
  }

  Parsed parse_list() {
    Expression list = operation(Op::list, {});
    if (skip_sign("]")) return list;
    do {
      Parsed item = parse_or();
      if (!item) return item;
      list.args.push_back(std::move(*item));
    } while (skip_sign(","));
    if (!skip_sign("]")) return unexpected("',' or ']'");
    return list;
  }

  Parsed parse_number(const Token& token) const {
    std::int64_t digits = 0;
    std::int64_t scale = 1;
    bool fraction = false;
    for (const char c : token.text) {
      if (c == '.') {
        if (std::exchange(fraction, true)) return error_at(token.column, "not a number");
        continue;
      }
      const auto shifted = checked_mul(digits, 10);
      const auto longer = shifted ? checked_add(*shifted, c - '0') : std::nullopt;
      if (!longer || scale > rational_limit / 10) return error_at(token.column, "a number beyond 2^62");
      digits = *longer;
      if (fraction) scale *= 10;
    }
    Expression expression;
    expression.op = Op::number;
    const auto number = make_rational(digits, scale);
    if (!number) return error_at(token.column, "a number beyond 2^62");
    expression.number = *number;
    return expression;
  }

  Parsed parse_word(const Token& token) const {
    Expression expression;
    if (token.text == "true" || token.text == "false") {
      expression.op = Op::truth;
      expression.value_flag = token.text == "true";
      return expression;
    }
    if (const FunctionFacts* facts = find_function_facts(token.text); facts != nullptr && facts->max_args == 0) {
      expression.op = Op::call;
      expression.function = facts->function;
      return expression;
    }
    if (token.text == "and" || token.text == "or" || token.text == "not" || token.text == "if" || token.text == "in") {
      return error_at(token.column, "'" + std::string(token.text) + "' cannot stand here");
    }
    expression.op = Op::symbol;
    expression.name = token.text;
    return expression;
  }

  /// The name was read; the token is "(".
  Parsed parse_call(const Token& name) {
    advance();
    if (name.text == "if") return parse_choice();
    const FunctionFacts* facts = find_function_facts(name.text);
    if (facts == nullptr) return error_at(name.column, "unknown function '" + std::string(name.text) + "'");
    Expression call = operation(Op::call, {});
    call.function = facts->function;
    if (facts->function == Builtin::attr || facts->function == Builtin::has_attr) return parse_attribute(call, *facts);
    while (!at_sign(")")) {
      if (!call.args.empty() && !skip_sign(",")) return unexpected("',' or ')'");
      Parsed arg = parse_or();
      if (!arg) return arg;
      if (call.args.empty() && arg->op == Op::symbol && at_word("in")) return parse_comprehension(*facts, arg->name);
      call.args.push_back(std::move(*arg));
    }
    advance();
    return checked_call(std::move(call), *facts, name);
  }

  Parsed checked_call(Expression call, const FunctionFacts& facts, const Token& name) const {
    const auto given = static_cast<int>(call.args.size());
    if (given < facts.min_args || (facts.max_args >= 0 && given > facts.max_args)) {
      return error_at(name.column, std::string(name.text) + " with " + std::to_string(given) + " arguments");
    }
    if (facts.takes_tensor) {
      Expression& tensor = call.args.front();
      Expression& named = tensor.op == Op::index ? tensor.args.front() : tensor;
      if (named.op != Op::symbol) return error_at(name.column, std::string(name.text) + " needs a tensor's name");
      named.op = Op::tensor;
    }
    return call;
  }

  Parsed parse_choice() {
    std::vector<Expression> args;
    do {
      Parsed arg = parse_or();
      if (!arg) return arg;
      args.push_back(std::move(*arg));
    } while (skip_sign(","));
    if (!skip_sign(")")) return unexpected("',' or ')'");
    if (args.size() != 3) return error_at(token_.column, "if takes a condition and two values");
    return operation(Op::choose, std::move(args));
  }

  Parsed parse_attribute(Expression call, const FunctionFacts& facts) {
    if (token_.kind != TokenKind::name && token_.kind != TokenKind::text) return unexpected("an attribute's name");
    call.name = token_.kind == TokenKind::text ? token_.text.substr(1, token_.text.size() - 2) : token_.text;
    advance();
    if (facts.function == Builtin::attr && skip_sign(",")) {
      Parsed fallback = parse_or();
      if (!fallback) return fallback;
      call.args.push_back(std::move(*fallback));
    }
    if (!skip_sign(")")) return unexpected("')'");
    return call;
  }

  Parsed parse_comprehension(const FunctionFacts& facts, const std::string& variable) {
    const std::size_t column = token_.column;
    advance();
    Expression fold;
    fold.op = Op::comprehend;
    fold.function = facts.function;
    fold.name = variable;
    const Builtin f = facts.function;
    if (f != Builtin::sum && f != Builtin::prod && f != Builtin::max && f != Builtin::min) {
      return error_at(column, "only sum, prod, min and max run over a list");
    }
    Parsed list = parse_or();
    if (!list) return list;
    if (!skip_sign(":")) return unexpected("':'");
    Parsed body = parse_or();
    if (!body) return body;
    if (!skip_sign(")")) return unexpected("')'");
    fold.args.push_back(std::move(*list));
    fold.args.push_back(std::move(*body));
    return fold;
  }
};

}  // namespace

Parsed parse_expression(std::string_view text) { return Parser(text).parse_all(); }

}  // namespace costscan
