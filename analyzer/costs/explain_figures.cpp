#include "costs/explain_figures.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <utility>

#include "model/checked_math.hpp"

namespace costscan {
namespace {

// A template's let that prints longer than this is shown by name and explained beside its template.
constexpr std::size_t longest_inlined = 40;

Expression number_literal(Rational number) {
  Expression out;
  out.op = Op::number;
  out.number = number;
  return out;
}

/// The value of an expression of literals.
std::optional<Rational> value_of_literals(const std::string& text) {
  const auto parsed = parse_expression(text);
  if (!parsed) return std::nullopt;
  const Program program;
  const Scope scope;
  const Node nothing;
  NodeView view(program, scope, nothing);
  const Evaluated value = view.evaluate(*parsed);
  const auto* number = value ? std::get_if<Rational>(&value->value) : nullptr;
  return number == nullptr ? std::nullopt : std::optional<Rational>(*number);
}

}  // namespace

ReadableSymbols::ReadableSymbols(const Program& program) : program_(program), named_(program.slots.size()) {
  const ProgramSymbols all(program.slots);
  std::map<std::string, std::vector<std::size_t>> slots_by_name;
  for (const TemplateUse& use : program.uses) {
    for (const std::int32_t let : use.lets) {
      const Slot& slot = program.slots[static_cast<std::size_t>(let)];
      if (print(slot.expression, &all).size() > longest_inlined) {
        slots_by_name[slot.name].push_back(static_cast<std::size_t>(let));
      }
    }
  }
  for (const auto& [name, slots] : slots_by_name) {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      Expression symbol;
      symbol.op = Op::symbol;
      symbol.name = slots.size() == 1 ? name : fmt::format("{}_{}", name, i + 1);
      named_[slots[i]] = std::move(symbol);
    }
  }
}

const Expression* ReadableSymbols::inlined(const Expression& symbol) const noexcept {
  if (symbol.place != Place::slot) return nullptr;
  const auto index = static_cast<std::size_t>(symbol.target);
  if (named_[index]) return &*named_[index];
  return program_.slots[index].hidden ? &program_.slots[index].expression : nullptr;
}

std::optional<std::string> ReadableSymbols::name_of(std::int32_t slot) const {
  const auto& named = named_[static_cast<std::size_t>(slot)];
  return named ? std::optional<std::string>(named->name) : std::nullopt;
}

std::optional<Datum> FigureMaker::datum(const Expression& expression) const {
  if (view_ == nullptr) return std::nullopt;
  Evaluated value = view_->evaluate(expression);
  return value ? std::optional<Datum>(std::move(*value)) : std::nullopt;
}

std::string FigureMaker::value(const Expression& expression) const {
  const auto found = datum(expression);
  return found ? to_string(*found) : std::string();
}

std::optional<bool> FigureMaker::truth(const Expression& expression) const {
  const auto found = datum(expression);
  const auto* flag = found ? std::get_if<bool>(&found->value) : nullptr;
  return flag == nullptr ? std::nullopt : std::optional<bool>(*flag);
}

std::optional<std::int64_t> FigureMaker::count(const Expression& expression) const {
  const auto found = datum(expression);
  const auto* number = found ? std::get_if<Rational>(&found->value) : nullptr;
  return number == nullptr ? std::nullopt : std::optional<std::int64_t>(ceil(*number));
}

/// The expression's own number in its place.
std::optional<Expression> FigureMaker::literal(const Expression& expression) const {
  const auto found = datum(expression);
  const auto* number = found ? std::get_if<Rational>(&found->value) : nullptr;
  return number == nullptr ? std::nullopt : std::optional<Expression>(number_literal(*number));
}

/// The formula with numbers for its names: arithmetic stays as it is written, of an `if` the side that counts.
std::optional<Expression> FigureMaker::substituted(const Expression& expression) const {
  switch (expression.op) {
    case Op::number: return expression;
    case Op::symbol: {
      const Expression* inner = symbols_.inlined(expression);
      const bool written_out = inner != nullptr && !(inner->op == Op::symbol && inner->place == Place::unresolved);
      return written_out ? substituted(*inner) : literal(expression);
    }
    case Op::choose: {
      const auto holds = truth(expression.args[0]);
      return holds ? substituted(expression.args[*holds ? 1 : 2]) : std::nullopt;
    }
    case Op::call:
      if (facts_of(expression.function).takes_tensor) return literal(expression);
      switch (expression.function) {
        case Builtin::ceil_div:
        case Builtin::floor_div:
        case Builtin::mod:
        case Builtin::min:
        case Builtin::max:
        case Builtin::abs:
        case Builtin::ceil_log2: break;
        default: return literal(expression);
      }
      break;
    case Op::negate:
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide: break;
    default: return literal(expression);
  }
  Expression out = expression;
  for (Expression& arg : out.args) {
    auto inner = substituted(arg);
    if (!inner) return literal(expression);
    arg = std::move(*inner);
  }
  return out;
}

WorksheetFigure FigureMaker::field(std::string_view quantity, const Expression& expression) const {
  WorksheetFigure out;
  out.quantity = quantity;
  out.formula = formula(expression);
  out.value = count(expression);
  if (!out.value) return out;
  if (const auto numbers = substituted(expression)) out.substituted = print(*numbers);
  return out;
}

std::optional<std::int64_t> FigureMaker::sum(std::span<const ConditionalTerm> terms) const {
  std::int64_t out = 0;
  for (const ConditionalTerm& term : terms) {
    bool counts = true;
    for (const Expression& condition : term.conditions) {
      const auto holds = truth(condition);
      if (!holds) return std::nullopt;
      counts = counts && *holds;
    }
    if (!counts) continue;
    // A difference between two sums has negated terms; each rounds as what it negates does.
    const bool minus = term.expression.op == Op::negate;
    const auto part = count(minus ? term.expression.args[0] : term.expression);
    const auto next = part ? checked_add(out, minus ? -*part : *part) : std::nullopt;
    if (!next) return std::nullopt;
    out = *next;
  }
  return out;
}

WorksheetFigure FigureMaker::total(std::string_view quantity, std::span<const ConditionalTerm> terms,
                                   std::optional<std::int64_t> value) const {
  WorksheetFigure out;
  out.quantity = quantity;
  ClosedFormOptions options;
  options.symbols = &symbols_;
  if (view_ == nullptr) {
    out.formula = closed_form(program_, terms, options);
    options.all_operands_given = true;
    const std::string full = closed_form(program_, terms, options);
    if (full != out.formula) out.all_given = full;
    return out;
  }
  options.decide = [this](const Expression& condition) { return truth(condition); };
  out.formula = closed_form(program_, terms, options);
  out.value = value ? value : sum(terms);
  if (!out.value) return out;
  bool complete = true;
  options.value = [&](const Expression& factor) -> std::optional<std::string> {
    const auto number = literal(factor);
    complete = complete && number;
    return number ? std::optional<std::string>(print(*number)) : std::nullopt;
  };
  const std::string numbers = closed_form(program_, terms, options);
  // Rounding per kernel, or a tensor that is given twice, makes the engine's total another number than the form's.
  if (complete && value_of_literals(numbers) == Rational{*out.value, 1}) out.substituted = numbers;
  return out;
}

}  // namespace costscan
