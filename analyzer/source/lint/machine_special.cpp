// Library calls whose meaning the lint needs beyond their cost: memory, exchange, choice among integers.
#include <algorithm>
#include <array>
#include <string_view>

#include "source/lint/machine.hpp"

namespace costscan::source::linting {
namespace {

using NameList = std::initializer_list<std::string_view>;

bool is_one_of(std::string_view name, NameList names) {
  const std::string_view bare = name.substr(0, name.find('<'));
  return std::ranges::find(names, bare) != names.end();
}

constexpr std::array<std::string_view, 6> methods_that_keep{"push_back", "emplace_back", "reserve",
                                                            "pop_back",  "append",       "insert"};

}  // namespace

/// Memory from the heap: one object for each call in the source.
Value Machine::allocated(const Expr& expr, Contents contents) {
  const std::size_t mark = pending_.size();
  static_cast<void>(eval_arguments(expr));
  settle(mark);
  const auto [at, added] = heap_.emplace(&expr, no_object);
  if (added) {
    Variable variable;
    variable.name = expr.text;
    variable.at = expr.at;
    if (expr.type.element) variable.type = *expr.type.element;
    at->second = add_object(variable, function(), contents, false);
    trace_.objects.back().declared = &expr.at;
  } else {
    renew(at->second, contents, expr.at);
  }
  Value out;
  out.kind = ValueKind::pointer;
  out.known = true;
  out.object = at->second;
  return out;
}

void Machine::swap(const Expr& a, const Expr& b) {
  const Place one = place(a);
  const Place other = place(b);
  const auto exchangeable = [](const Place& at) { return at.object != no_object && at.known; };
  if (!exchangeable(one) || !exchangeable(other)) {
    for (const Place& at : {one, other}) {
      if (at.object != no_object) escape(at.object, true);
    }
    return;
  }
  const auto taken = [this](const Place& at, const Type& type) {
    const std::size_t mark = pending_.size();
    Cell out;
    out.value = read(at, type);
    settle(mark);
    out.iteration = iteration_;
    return out;
  };
  const bool whole = a.type.kind == TypeKind::container || a.type.kind == TypeKind::array;
  if (whole) {
    escape(one.object, true);
    escape(other.object, true);
    return;
  }
  const Cell first = taken(one, a.type);
  const Cell second = taken(other, b.type);
  memory_.set({one.object, one.offset}, second);
  memory_.set({other.object, other.offset}, first);
}

std::optional<Value> Machine::call_special(const Expr& expr) {
  const std::string_view name = expr.name;
  if (is_one_of(name, {"swap", "std::swap", "std::ranges::swap"}) && expr.args.size() == 2) {
    swap(without_conversions(expr.args[0]), without_conversions(expr.args[1]));
    return Value{};
  }
  if (is_one_of(name, {"malloc", "std::malloc", "aligned_alloc", "std::aligned_alloc", "_mm_malloc", "operator new",
                       "operator new[]", "new", "new[]", "alloca", "__builtin_alloca"})) {
    const bool filled = std::ranges::any_of(expr.args, [](const Expr& arg) { return arg.kind == ExprKind::list; });
    return allocated(expr, filled ? Contents::constant : Contents::unset);
  }
  if (is_one_of(name, {"calloc", "std::calloc", "std::make_unique", "std::make_shared"})) {
    return allocated(expr, Contents::constant);
  }
  const bool least = is_one_of(name, {"std::min"});
  if ((least || is_one_of(name, {"std::max"})) && expr.args.size() == 2) {
    const Value a = eval(expr.args[0]);
    const Value b = eval(expr.args[1]);
    Value out = joined(a, b);
    out.kind = kind_of(expr.type);
    out.select = true;
    if (a.known && b.known && a.kind == ValueKind::integer && b.kind == ValueKind::integer) {
      out.known = true;
      out.integer = least ? std::min(a.integer, b.integer) : std::max(a.integer, b.integer);
    }
    return out;
  }
  const std::size_t colon = name.rfind("::");
  const std::string_view method = colon == std::string_view::npos ? name : name.substr(colon + 2);
  if (!expr.args.empty() && std::ranges::find(methods_that_keep, method) != methods_that_keep.end()) {
    const std::size_t mark = pending_.size();
    static_cast<void>(eval_arguments(expr));
    settle(mark);
    return Value{};
  }
  return std::nullopt;
}

}  // namespace costscan::source::linting
