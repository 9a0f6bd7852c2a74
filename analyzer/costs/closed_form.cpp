#include "costs/closed_form.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace costscan {
namespace {

/// (atom, exponent) by ascending atom; exponents are not zero and may be negative.
using Monomial = std::vector<std::pair<std::int32_t, std::int32_t>>;
using Polynomial = std::map<Monomial, Rational>;
using MaybePolynomial = std::optional<Polynomial>;

// Beyond this a collected form explains less than the formulas that it comes from.
constexpr std::size_t most_terms = 64;

struct Atom {
  std::string text;
  bool indicator = false;  ///< "[condition]": 0 or 1, so that its square is itself
  Expression expression;

  /// Symbols stand in the order in which the op's file declares them, everything else behind.
  std::int32_t rank() const noexcept {
    constexpr std::int32_t behind = std::numeric_limits<std::int32_t>::max();
    return expression.op == Op::symbol && expression.place == Place::slot ? expression.target : behind;
  }
};

Polynomial constant(Rational number) {
  if (number.numerator == 0) return {};
  return {{Monomial{}, number}};
}
const Rational one{1, 1};

MaybePolynomial sum_of(Polynomial left, const Polynomial& right) {
  for (const auto& [monomial, coefficient] : right) {
    const auto [term, fresh] = left.try_emplace(monomial, coefficient);
    if (fresh) continue;
    const auto sum = add(term->second, coefficient);
    if (!sum) return std::nullopt;
    term->second = *sum;
    if (sum->numerator == 0) left.erase(term);
  }
  if (left.size() > most_terms) return std::nullopt;
  return left;
}

Polynomial negated(Polynomial polynomial) {
  for (auto& [monomial, coefficient] : polynomial) coefficient = negate(coefficient);
  return polynomial;
}

MaybePolynomial complement(const Polynomial& condition) { return sum_of(constant(one), negated(condition)); }

class Collector {
 public:
  Collector(const Program& program, const ClosedFormOptions& options)
      : program_(program),
        options_(options),
        hidden_(program.slots),
        symbols_(options.symbols != nullptr ? *options.symbols : hidden_) {}

  MaybePolynomial total(std::span<const ConditionalTerm> terms) {
    Polynomial sum;
    for (const ConditionalTerm& term : terms) {
      MaybePolynomial value = number(term.expression);
      for (const Expression& condition : term.conditions) {
        const MaybePolynomial holds = value ? truth(condition) : std::nullopt;
        value = holds ? product(*value, *holds) : std::nullopt;
      }
      MaybePolynomial next = value ? sum_of(std::move(sum), *value) : std::nullopt;
      if (!next) return std::nullopt;
      sum = std::move(*next);
    }
    return sum;
  }

  std::string text(const Polynomial& polynomial) const {
    std::vector<std::pair<Monomial, Rational>> terms(polynomial.begin(), polynomial.end());
    const auto degree = [&](const Monomial& monomial) {
      std::int32_t sum = 0;
      for (const auto& [index, exponent] : monomial) sum += is_indicator(index) ? 0 : exponent;
      return sum;
    };
    // Unconditional terms first, then by falling degree, then as the symbols were met.
    std::ranges::sort(terms, [&](const auto& left, const auto& right) {
      return std::tuple(is_conditional(left.first), -degree(left.first), left.first) <
             std::tuple(is_conditional(right.first), -degree(right.first), right.first);
    });
    std::string out;
    for (const auto& [monomial, coefficient] : terms) {
      const bool negative = coefficient.numerator < 0;
      if (out.empty()) {
        out += negative ? "-" : "";
      } else {
        out += negative ? " - " : " + ";
      }
      out += term_text(monomial, negative ? negate(coefficient) : coefficient);
    }
    return out.empty() ? "0" : out;
  }

 private:
  const Program& program_;
  const ClosedFormOptions& options_;
  ProgramSymbols hidden_;
  const SymbolTable& symbols_;
  std::vector<Atom> atoms_;
  std::unordered_map<std::string, std::int32_t> atom_index_;

  bool is_indicator(std::int32_t index) const { return atoms_[static_cast<std::size_t>(index)].indicator; }
  bool is_conditional(const Monomial& monomial) const {
    return std::ranges::any_of(monomial, [&](const auto& factor) { return is_indicator(factor.first); });
  }

  Polynomial factor(const std::string& text, bool indicator, const Expression& expression) {
    const auto [known, fresh] = atom_index_.try_emplace(text, static_cast<std::int32_t>(atoms_.size()));
    if (fresh) atoms_.push_back({text, indicator, expression});
    return {{Monomial{{known->second, 1}}, one}};
  }
  Polynomial opaque(const Expression& expression) { return factor(print(expression, &symbols_), false, expression); }
  Polynomial indicator(const Expression& expression) {
    return factor("[" + print(expression, &symbols_) + "]", true, expression);
  }

  MaybePolynomial product(const Polynomial& left, const Polynomial& right) const {
    Polynomial out;
    for (const auto& [left_factors, left_coefficient] : left) {
      for (const auto& [right_factors, right_coefficient] : right) {
        const auto coefficient = multiply(left_coefficient, right_coefficient);
        if (!coefficient) return std::nullopt;
        MaybePolynomial next = sum_of(std::move(out), {{merged(left_factors, right_factors), *coefficient}});
        if (!next) return std::nullopt;
        out = std::move(*next);
      }
    }
    return out;
  }

  Monomial merged(const Monomial& left, const Monomial& right) const {
    std::map<std::int32_t, std::int32_t> exponents(left.begin(), left.end());
    for (const auto& [index, exponent] : right) {
      std::int32_t& sum = exponents[index];
      sum = is_indicator(index) ? 1 : sum + exponent;
    }
    std::erase_if(exponents, [](const auto& entry) { return entry.second == 0; });
    return {exponents.begin(), exponents.end()};
  }

  MaybePolynomial quotient(const Polynomial& left, const Polynomial& right) const {
    if (right.size() != 1 || is_conditional(right.begin()->first)) return std::nullopt;
    Monomial inverse = right.begin()->first;
    for (auto& [index, exponent] : inverse) exponent = -exponent;
    const auto coefficient = divide(one, right.begin()->second);
    if (!coefficient) return std::nullopt;
    return product(left, {{std::move(inverse), *coefficient}});
  }

  /// Lets that ask the node for something are symbols of the closed form; those that only combine others are not.
  bool asks_node(const Expression& expression) const {
    if (expression.op == Op::comprehend) return true;
    if (expression.op == Op::call) {
      const Builtin f = expression.function;
      if (facts_of(f).takes_tensor || f == Builtin::attr || f == Builtin::has_attr || f == Builtin::opset ||
          f == Builtin::tree_depths) {
        return true;
      }
    }
    return std::ranges::any_of(expression.args, [&](const Expression& arg) { return asks_node(arg); });
  }

  const Expression* derived(const Expression& symbol) const {
    if (symbol.place != Place::slot) return nullptr;
    const Slot& slot = program_.slots[static_cast<std::size_t>(symbol.target)];
    if (slot.dim) return nullptr;
    // What is no polynomial reads better by its name: groups, not ceil_div(rows, tile_rows).
    const bool opaque_call = slot.expression.op == Op::call;
    if (!slot.hidden) return opaque_call || asks_node(slot.expression) ? nullptr : &slot.expression;
    const Expression* shown = symbols_.inlined(symbol);
    return shown == &slot.expression ? shown : nullptr;
  }

  MaybePolynomial number(const Expression& expression) {
    switch (expression.op) {
      case Op::number: return constant(expression.number);
      case Op::symbol: {
        const Expression* inner = derived(expression);
        return inner != nullptr ? number(*inner) : opaque(expression);
      }
      case Op::negate: {
        const MaybePolynomial inner = number(expression.args[0]);
        return inner ? MaybePolynomial(negated(*inner)) : std::nullopt;
      }
      case Op::add:
      case Op::subtract:
      case Op::multiply:
      case Op::divide: return arithmetic(expression);
      case Op::choose: {
        const MaybePolynomial condition = truth(expression.args[0]);
        const MaybePolynomial otherwise = condition ? complement(*condition) : std::nullopt;
        if (!otherwise) return std::nullopt;
        // A side that cannot be reached may not mean anything: leave it out.
        const MaybePolynomial yes = condition->empty() ? Polynomial{} : number(expression.args[1]);
        const MaybePolynomial no = otherwise->empty() ? Polynomial{} : number(expression.args[2]);
        const MaybePolynomial left = yes ? product(*condition, *yes) : std::nullopt;
        const MaybePolynomial right = no ? product(*otherwise, *no) : std::nullopt;
        return left && right ? sum_of(*left, *right) : std::nullopt;
      }
      case Op::call: {
        // In a total it is a number; in the kernel's own formula the type's name says more.
        const bool named = expression.function == Builtin::size_of && expression.args[0].op == Op::text;
        const auto size = named ? size_of_type(expression.args[0].name) : std::nullopt;
        return size ? constant(*size) : opaque(expression);
      }
      default: return opaque(expression);
    }
  }

  MaybePolynomial arithmetic(const Expression& expression) {
    const MaybePolynomial left = number(expression.args[0]);
    const MaybePolynomial right = left ? number(expression.args[1]) : std::nullopt;
    if (!right) return std::nullopt;
    switch (expression.op) {
      case Op::add: return sum_of(*left, *right);
      case Op::subtract: return sum_of(*left, negated(*right));
      case Op::multiply: return product(*left, *right);
      default: break;
    }
    MaybePolynomial out = quotient(*left, *right);
    return out ? out : opaque(expression);
  }

  /// 1 where the condition holds, else 0.
  MaybePolynomial truth(const Expression& expression) {
    if (const auto known = options_.decide ? options_.decide(expression) : std::nullopt) {
      return *known ? constant(one) : Polynomial{};
    }
    switch (expression.op) {
      case Op::truth: return expression.value_flag ? constant(one) : Polynomial{};
      case Op::symbol: {
        const Expression* inner = derived(expression);
        return inner != nullptr ? truth(*inner) : indicator(expression);
      }
      case Op::logical_not: {
        const MaybePolynomial inner = truth(expression.args[0]);
        return inner ? complement(*inner) : std::nullopt;
      }
      case Op::logical_and: {
        const MaybePolynomial left = truth(expression.args[0]);
        const MaybePolynomial right = left ? truth(expression.args[1]) : std::nullopt;
        return right ? product(*left, *right) : std::nullopt;
      }
      case Op::logical_or: {
        const MaybePolynomial left = truth(expression.args[0]);
        const MaybePolynomial right = truth(expression.args[1]);
        if (!left || !right) return std::nullopt;
        if (*left == constant(one) || right->empty()) return left;
        if (*right == constant(one) || left->empty()) return right;
        return indicator(expression);
      }
      case Op::equal:
      case Op::not_equal: return equality(expression);
      case Op::call: return expression.function == Builtin::present ? presence(expression) : indicator(expression);
      default: return indicator(expression);
    }
  }

  const Expression& behind(const Expression& expression) const {
    const Expression* inner = expression.op == Op::symbol ? symbols_.inlined(expression) : nullptr;
    return inner != nullptr ? behind(*inner) : expression;
  }

  /// A template's literal argument compared with a literal is decided here.
  MaybePolynomial equality(const Expression& expression) {
    const Expression& left = behind(expression.args[0]);
    const Expression& right = behind(expression.args[1]);
    const bool literals = left.op == right.op && (left.op == Op::text || left.op == Op::number);
    if (!literals) return indicator(expression);
    const bool same = left.op == Op::text ? left.name == right.name : left.number == right.number;
    return same == (expression.op == Op::equal) ? constant(one) : Polynomial{};
  }

  MaybePolynomial presence(const Expression& expression) {
    const Expression& named = expression.args[0];
    const bool formal = named.op == Op::tensor && named.place == Place::formal;
    const bool required = formal && static_cast<std::size_t>(named.target) < program_.input_count &&
                          !program_.formals[static_cast<std::size_t>(named.target)].optional;
    return required || options_.all_operands_given ? constant(one) : indicator(expression);
  }

  std::string term_text(const Monomial& monomial, Rational coefficient) const {
    std::string above;
    std::string below;
    const auto times = [](std::string& side, const std::string& text) { side += (side.empty() ? "" : "*") + text; };
    if (coefficient.numerator != 1) times(above, std::to_string(coefficient.numerator));
    if (coefficient.denominator != 1) times(below, std::to_string(coefficient.denominator));
    int factors_below = coefficient.denominator != 1 ? 1 : 0;
    Monomial factors = monomial;
    std::ranges::sort(factors, {}, [&](const auto& entry) {
      return std::tuple(is_indicator(entry.first), atoms_[static_cast<std::size_t>(entry.first)].rank(), entry.first);
    });
    for (const auto& [index, exponent] : factors) {
      for (std::int32_t i = 0; i < std::abs(exponent); ++i) {
        times(exponent > 0 ? above : below, as_factor(factor_text(atoms_[static_cast<std::size_t>(index)])));
        factors_below += exponent < 0 ? 1 : 0;
      }
    }
    if (above.empty()) above = "1";
    if (below.empty()) return above;
    return above + "/" + (factors_below > 1 ? "(" + below + ")" : below);
  }

  std::string factor_text(const Atom& atom) const {
    const auto number = options_.value && !atom.indicator ? options_.value(atom.expression) : std::nullopt;
    return number.value_or(atom.text);
  }

  /// An opaque quotient such as `a/(b + c)` keeps its meaning as a factor only in parentheses.
  static std::string as_factor(const std::string& text) {
    int depth = 0;
    for (const char c : text) {
      depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
      if (depth == 0 && (c == '/' || c == '*' || c == ' ')) return "(" + text + ")";
    }
    return text;
  }
};

std::string written_sum(const Program& program, std::span<const ConditionalTerm> terms) {
  const ProgramSymbols symbols(program.slots);
  std::string out;
  for (const ConditionalTerm& term : terms) {
    std::string text = print(term.expression, &symbols);
    if (!term.conditions.empty()) text = "(" + text + ")";
    for (const Expression& condition : term.conditions) text += "*[" + print(condition, &symbols) + "]";
    out += (out.empty() ? "" : " + ") + text;
  }
  return out.empty() ? "0" : out;
}

}  // namespace

std::string closed_form(const Program& program, std::span<const ConditionalTerm> terms,
                        const ClosedFormOptions& options) {
  Collector collector(program, options);
  const MaybePolynomial total = collector.total(terms);
  return total ? collector.text(*total) : written_sum(program, terms);
}

}  // namespace costscan
