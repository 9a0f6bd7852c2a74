#include "costs/node_view.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <compare>
#include <utility>

#include "costs/fast_memory.hpp"

namespace costscan {
namespace {

// A formula is a handful of operations; this only ends a runaway comprehension.
constexpr std::int64_t most_steps = 4'000'000;
constexpr std::int64_t longest_range = 100'000;

const char* kind_of(const Datum& datum) noexcept {
  constexpr const char* kinds[] = {"a number", "a truth value", "a text", "a list"};
  return kinds[datum.value.index()];
}

tl::unexpected<std::string> failed(std::string why) { return tl::unexpected<std::string>(std::move(why)); }

Evaluated from(std::optional<Rational> number, const char* otherwise) {
  if (!number) return failed(otherwise);
  return Datum{*number};
}

constexpr const char* overflow = "overflow beyond 2^62";

}  // namespace

NodeView::NodeView(const Program& program, const Scope& scope, const Node& node)
    : program_(program), scope_(scope), node_(node), slots_(program.slots.size()) {}

Evaluated NodeView::evaluate(const Expression& expression) { return visit(expression); }

bool NodeView::bind(const std::string& name, std::int64_t number) {
  const auto found =
      std::ranges::find_if(program_.slots, [&](const Slot& slot) { return !slot.hidden && slot.name == name; });
  const auto rational = make_rational(number);
  if (found == program_.slots.end() || !rational) return false;
  bound_.emplace(static_cast<std::int32_t>(found - program_.slots.begin()), *rational);
  return true;
}

Evaluated NodeView::fast_memory() {
  if (!fast_memory_) {
    const auto generic = machine_fast_memory(generic_machine);
    if (!generic) return failed(generic.error().message);
    fast_memory_ = generic->bytes;
  }
  return from(make_rational(*fast_memory_), overflow);
}

std::string NodeView::in_formula(std::string what, const Expression& expression) const {
  const ProgramSymbols symbols(program_.slots);
  return fmt::format("{} ({})", what, print(expression, &symbols));
}

Evaluated NodeView::visit(const Expression& expression) {
  if (++steps_ > most_steps) return failed("the formula takes too many steps");
  switch (expression.op) {
    case Op::number: return Datum{expression.number};
    case Op::text: return Datum{expression.name};
    case Op::truth: return Datum{expression.value_flag};
    case Op::symbol: return symbol(expression);
    case Op::list: return list_of(expression);
    case Op::negate: {
      const Number operand = number(expression.args[0]);
      if (!operand) return failed(operand.error());
      return Datum{negate(*operand)};
    }
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide: return arithmetic(expression);
    case Op::equal:
    case Op::not_equal:
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal: return compare(expression);
    case Op::logical_and:
    case Op::logical_or:
    case Op::logical_not: return logic(expression);
    case Op::choose: {
      const auto condition = truth(expression.args[0]);
      if (!condition) return failed(condition.error());
      return visit(expression.args[*condition ? 1 : 2]);
    }
    case Op::index: return index(expression);
    case Op::slice: return slice(expression);
    case Op::call: return call(expression);
    case Op::comprehend: return comprehend(expression);
    case Op::none:
    case Op::tensor: break;
  }
  return failed(in_formula("a tensor is not a value", expression));
}

Evaluated NodeView::symbol(const Expression& expression) {
  if (expression.place == Place::unresolved) return failed(fmt::format("unknown symbol '{}'", expression.name));
  const auto target = static_cast<std::size_t>(expression.target);
  if (expression.place == Place::local) {
    if (locals_[target].formal >= 0) return failed(in_formula("a tensor is not a value", expression));
    return locals_[target].datum;
  }
  if (const auto bound = bound_.find(expression.target); bound != bound_.end()) return Datum{bound->second};
  std::optional<Evaluated>& kept = slots_[target];
  if (!kept) {
    // A let has no part in the comprehension that asks for it.
    std::vector<Local> outer = std::exchange(locals_, {});
    Evaluated computed = visit(program_.slots[target].expression);
    locals_ = std::move(outer);
    if (!computed) computed = failed(fmt::format("{}: {}", program_.slots[target].where, computed.error()));
    kept = std::move(computed);
  }
  return *kept;
}

NodeView::Number NodeView::number(const Expression& expression) {
  Evaluated evaluated = visit(expression);
  if (!evaluated) return failed(std::move(evaluated.error()));
  if (const auto* rational = std::get_if<Rational>(&evaluated->value)) return *rational;
  return failed(in_formula(fmt::format("{} where a number is needed", kind_of(*evaluated)), expression));
}

tl::expected<bool, std::string> NodeView::truth(const Expression& expression) {
  Evaluated evaluated = visit(expression);
  if (!evaluated) return failed(std::move(evaluated.error()));
  if (const auto* flag = std::get_if<bool>(&evaluated->value)) return *flag;
  return failed(in_formula(fmt::format("{} where a truth value is needed", kind_of(*evaluated)), expression));
}

tl::expected<std::vector<Datum>, std::string> NodeView::list(const Expression& expression) {
  Evaluated evaluated = visit(expression);
  if (!evaluated) return failed(std::move(evaluated.error()));
  if (auto* items = std::get_if<std::vector<Datum>>(&evaluated->value)) return std::move(*items);
  return failed(in_formula(fmt::format("{} where a list is needed", kind_of(*evaluated)), expression));
}

Evaluated NodeView::list_of(const Expression& expression) {
  std::vector<Datum> items;
  items.reserve(expression.args.size());
  for (const Expression& arg : expression.args) {
    Evaluated item = visit(arg);
    if (!item) return item;
    items.push_back(std::move(*item));
  }
  return Datum{std::move(items)};
}

Evaluated NodeView::arithmetic(const Expression& expression) {
  const Number left = number(expression.args[0]);
  if (!left) return failed(left.error());
  const Number right = number(expression.args[1]);
  if (!right) return failed(right.error());
  if (expression.op == Op::divide && right->numerator == 0) return failed(in_formula("division by zero", expression));
  std::optional<Rational> out;
  switch (expression.op) {
    case Op::add: out = add(*left, *right); break;
    case Op::subtract: out = subtract(*left, *right); break;
    case Op::multiply: out = multiply(*left, *right); break;
    default: out = divide(*left, *right); break;
  }
  if (!out) return failed(in_formula(overflow, expression));
  return Datum{*out};
}

Evaluated NodeView::compare(const Expression& expression) {
  if (expression.op == Op::equal || expression.op == Op::not_equal) {
    const Evaluated left = visit(expression.args[0]);
    if (!left) return left;
    const Evaluated right = visit(expression.args[1]);
    if (!right) return right;
    if (left->value.index() != right->value.index()) {
      return failed(in_formula(fmt::format("{} compared with {}", kind_of(*left), kind_of(*right)), expression));
    }
    return Datum{(*left == *right) == (expression.op == Op::equal)};
  }
  const Number left = number(expression.args[0]);
  if (!left) return failed(left.error());
  const Number right = number(expression.args[1]);
  if (!right) return failed(right.error());
  const std::strong_ordering order = costscan::compare(*left, *right);
  switch (expression.op) {
    case Op::less: return Datum{order < 0};
    case Op::less_equal: return Datum{order <= 0};
    case Op::greater: return Datum{order > 0};
    default: return Datum{order >= 0};
  }
}

Evaluated NodeView::logic(const Expression& expression) {
  const auto left = truth(expression.args[0]);
  if (!left) return failed(left.error());
  if (expression.op == Op::logical_not) return Datum{!*left};
  if (*left == (expression.op == Op::logical_or)) return Datum{*left};
  const auto right = truth(expression.args[1]);
  if (!right) return failed(right.error());
  return Datum{*right};
}

Evaluated NodeView::index(const Expression& expression) {
  auto items = list(expression.args[0]);
  if (!items) return failed(items.error());
  const Number at = number(expression.args[1]);
  if (!at) return failed(at.error());
  const auto size = static_cast<std::int64_t>(items->size());
  const std::int64_t position = at->numerator < 0 ? at->numerator + size : at->numerator;
  if (!is_integer(*at) || position < 0 || position >= size) {
    return failed(in_formula(fmt::format("no element {} in a list of {}", to_string(*at), size), expression));
  }
  return std::move((*items)[static_cast<std::size_t>(position)]);
}

/// As in Python: bounds beyond the ends are clipped.
Evaluated NodeView::slice(const Expression& expression) {
  auto items = list(expression.args[0]);
  if (!items) return failed(items.error());
  const auto size = static_cast<std::int64_t>(items->size());
  std::int64_t bounds[2] = {0, size};
  for (std::size_t side = 0; side < 2; ++side) {
    if (expression.args[side + 1].op == Op::none) continue;
    const Number bound = number(expression.args[side + 1]);
    if (!bound) return failed(bound.error());
    if (!is_integer(*bound)) return failed(in_formula("a bound that is not a whole number", expression));
    bounds[side] = std::clamp<std::int64_t>(bound->numerator < 0 ? bound->numerator + size : bound->numerator, 0, size);
  }
  if (bounds[0] >= bounds[1]) return Datum{std::vector<Datum>{}};
  return Datum{std::vector<Datum>(items->begin() + bounds[0], items->begin() + bounds[1])};
}

Evaluated NodeView::call(const Expression& expression) {
  switch (expression.function) {
    case Builtin::ceil_div:
    case Builtin::floor_div:
    case Builtin::mod: return divide_whole(expression);
    case Builtin::min:
    case Builtin::max:
    case Builtin::sum:
    case Builtin::prod: return fold_arguments(expression);
    case Builtin::abs: {
      const Number operand = number(expression.args[0]);
      if (!operand) return failed(operand.error());
      return Datum{operand->numerator < 0 ? negate(*operand) : *operand};
    }
    case Builtin::ceil_log2: {
      const Number operand = number(expression.args[0]);
      if (!operand) return failed(operand.error());
      if (operand->numerator <= 0) return failed(in_formula("logarithm of zero or less", expression));
      std::int64_t exponent = 0;
      while ((std::int64_t{1} << exponent) < ceil(*operand)) ++exponent;
      return Datum{Rational{exponent, 1}};
    }
    case Builtin::size_of: return element_size(expression);
    case Builtin::len: {
      const auto items = list(expression.args[0]);
      if (!items) return failed(items.error());
      return Datum{Rational{static_cast<std::int64_t>(items->size()), 1}};
    }
    case Builtin::range: return range(expression);
    case Builtin::attr:
    case Builtin::has_attr: return attribute(expression);
    case Builtin::opset: return Datum{Rational{program_.since_version, 1}};
    case Builtin::label_sizes: return label_sizes(expression);
    case Builtin::tree_depths: return tree_depths();
    case Builtin::unknown: return unknown(expression);
    case Builtin::fast_memory: return fast_memory();
    default: return accessor(expression);
  }
}

/// unknown('what is missing', subject): a count that the data does not have is no number.
Evaluated NodeView::unknown(const Expression& expression) {
  std::string why;
  for (const Expression& argument : expression.args) {
    const Evaluated said = visit(argument);
    if (!said) return said;
    why += why.empty() ? to_string(*said) : fmt::format(" '{}'", to_string(*said));
  }
  return failed(std::move(why));
}

Evaluated NodeView::divide_whole(const Expression& expression) {
  const Number left = number(expression.args[0]);
  if (!left) return failed(left.error());
  const Number right = number(expression.args[1]);
  if (!right) return failed(right.error());
  const auto quotient = divide(*left, *right);
  if (right->numerator == 0) return failed(in_formula("division by zero", expression));
  if (!quotient) return failed(in_formula(overflow, expression));
  if (expression.function == Builtin::ceil_div) return Datum{Rational{ceil(*quotient), 1}};
  const Rational whole{floor(*quotient), 1};
  if (expression.function == Builtin::floor_div) return Datum{whole};
  const auto taken = multiply(whole, *right);  // mod: the rest, with the sign of the divisor
  if (!taken) return failed(in_formula(overflow, expression));
  return from(subtract(*left, *taken), overflow);
}

Evaluated NodeView::range(const Expression& expression) {
  const Number count = number(expression.args[0]);
  if (!count) return failed(count.error());
  if (!is_integer(*count) || count->numerator < 0 || count->numerator > longest_range) {
    return failed(in_formula(fmt::format("range of {}", to_string(*count)), expression));
  }
  std::vector<Datum> items(static_cast<std::size_t>(count->numerator));
  for (std::size_t i = 0; i < items.size(); ++i) items[i].value = Rational{static_cast<std::int64_t>(i), 1};
  return Datum{std::move(items)};
}

/// min(a, b, ...), or any fold over one list.
Evaluated NodeView::fold_arguments(const Expression& expression) {
  if (expression.args.size() == 1) {
    const auto items = list(expression.args[0]);
    if (!items) return failed(items.error());
    return fold(expression, *items);
  }
  auto items = list_of(expression);
  if (!items) return items;
  return fold(expression, std::get<std::vector<Datum>>(items->value));
}

Evaluated NodeView::fold(const Expression& expression, const std::vector<Datum>& items) {
  const bool extreme = expression.function == Builtin::min || expression.function == Builtin::max;
  if (extreme && items.empty()) return failed(in_formula("no elements", expression));
  std::optional<Rational> total;
  if (!extreme) total = Rational{expression.function == Builtin::prod ? 1 : 0, 1};
  for (const Datum& item : items) {
    const auto* next = std::get_if<Rational>(&item.value);
    if (next == nullptr) return failed(in_formula(fmt::format("{} among numbers", kind_of(item)), expression));
    switch (expression.function) {
      case Builtin::sum: total = add(*total, *next); break;
      case Builtin::prod: total = multiply(*total, *next); break;
      case Builtin::min: total = total && costscan::compare(*total, *next) < 0 ? *total : *next; break;
      default: total = total && costscan::compare(*total, *next) > 0 ? *total : *next; break;
    }
    if (!total) return failed(in_formula(overflow, expression));
  }
  return Datum{*total};
}

Evaluated NodeView::comprehend(const Expression& expression) {
  const Expression& source = expression.args[0];
  const bool over_tensors = source.op == Op::tensor && source.place == Place::formal;
  std::vector<Datum> items;
  if (!over_tensors) {
    auto listed = list(source);
    if (!listed) return failed(listed.error());
    items = std::move(*listed);
  }
  const std::size_t count = over_tensors ? bound_count(source.target) : items.size();
  std::vector<Datum> results;
  results.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    Local local;
    if (over_tensors) {
      local.formal = source.target;
      local.position = i;
    } else {
      local.datum = std::move(items[i]);
    }
    locals_.push_back(std::move(local));
    Evaluated result = visit(expression.args[1]);
    locals_.pop_back();
    if (!result) return result;
    results.push_back(std::move(*result));
  }
  return fold(expression, results);
}

}  // namespace costscan
