// Calls: followed into functions of the file, taken from the table of library functions elsewhere. Part of walker.hpp.
#pragma once

#include "source/count/walker.hpp"

namespace costscan::source::count {

template <class D, class Num>
const FunctionCost* Walker<D, Num>::listed(const Expr& e) const {
  const auto [at, fresh] = listed_.try_emplace(&e, nullptr);
  if (fresh) at->second = table_.find(e.name, e.args.size());
  return at->second;
}

template <class D, class Num>
bool Walker<D, Num>::ends_program(const Expr& e) const {
  if (e.kind == ExprKind::convert || e.kind == ExprKind::sequence) {
    return !e.args.empty() && ends_program(e.args.back());
  }
  if (e.kind != ExprKind::call || e.callee >= 0) return false;
  const FunctionCost* cost = listed(e);
  return cost != nullptr && cost->no_return;
}

template <class D, class Num>
bool Walker<D, Num>::ends_program(const std::vector<Stmt>& statements) const {
  for (const Stmt& statement : statements) {
    if (statement.kind == StmtKind::expression && ends_program(statement.expr)) return true;
    if (statement.kind == StmtKind::block && ends_program(statement.body)) return true;
  }
  return false;
}

/// Methods that change a container's size. What they allocate or fill is the library's business and does not count;
/// what push_back stores does.
template <class D, class Num>
std::optional<Value<Num>> Walker<D, Num>::resized(const Expr& e) {
  if (e.args.empty() || e.args[0].type.kind != TypeKind::container) return std::nullopt;
  const std::string name = last_name(e.name);
  const bool appends = name == "push_back" || name == "emplace_back";
  const bool sizes = name == "resize" || name == "assign";
  const bool empties = name == "clear";
  if (!appends && !sizes && !empties && name != "reserve" && name != "shrink_to_fit") return std::nullopt;
  if (sizes && (e.args.size() < 2 || e.args[1].type.kind != TypeKind::integer)) return std::nullopt;
  std::vector<ValueT> args;
  for (std::size_t i = 1; i < e.args.size(); ++i) args.push_back(eval(e.args[i]));
  const PlaceT place = locate(e.args[0]);
  ValueT size = empties ? integer(0) : sizes ? args[0] : data();
  if (appends) {
    const ValueT before = container_size(e.args[0]);
    const ValueT array = eval(e.args[0]);
    const Type* element = e.args[0].type.element.get();
    if (element != nullptr && array.kind == ValueT::Kind::address && array.place.kind == PlaceT::Kind::memory) {
      PlaceT at = array.place;
      const Num index = before.kind == ValueT::Kind::number ? before.number : self().unknown_number();
      at.offset = offset_by(at.offset, index, std::max<std::int64_t>(1, bytes_of(*element)));
      store(at, data(), *element);
    }
    const auto grown = before.kind == ValueT::Kind::number
                           ? self().binary(Operator::add, before.number, self().constant(1))
                           : std::nullopt;
    if (grown) size = number(*grown);
  }
  if (place.kind == PlaceT::Kind::variable && (sizes || empties || appends)) {
    slot(place).has_size = size.kind == ValueT::Kind::number;
    slot(place).size = size.number;
  }
  return data();
}

template <class D, class Num>
Value<Num> Walker<D, Num>::eval_call(const Expr& e) {
  if (e.callee >= 0 && static_cast<std::size_t>(e.callee) < program_.functions.size()) return call_known(e);
  if (auto changed = resized(e)) return *changed;
  if (const FunctionCost* cost = listed(e)) return call_listed(e, *cost);
  for (const Expr& arg : e.args) (void)eval(arg);
  self().unknown(e.at, "call of " + e.name + ": its cost is not known");
  return data();
}

template <class D, class Num>
Value<Num> Walker<D, Num>::call_known(const Expr& e) {
  constexpr std::size_t deepest = 64;
  const Function& callee = program_.functions[static_cast<std::size_t>(e.callee)];
  const bool recursive = std::any_of(frames_.begin(), frames_.end(),
                                     [&](const Frame<Num>& around) { return around.function == e.callee; });
  if (recursive || frames_.size() > deepest) {
    for (const Expr& arg : e.args) (void)eval(arg);
    self().unknown(e.at, "recursive call of " + callee.name);
    return data();
  }
  std::vector<SlotT> given(callee.parameters.size());
  for (std::size_t i = 0; i < e.args.size(); ++i) {
    if (i >= given.size()) {
      (void)eval(e.args[i]);
      continue;
    }
    const Variable& parameter = callee.variables[static_cast<std::size_t>(callee.parameters[i])];
    if (parameter.is_reference) {
      const bool lvalue = e.args[i].kind == ExprKind::variable || e.args[i].kind == ExprKind::subscript ||
                          e.args[i].kind == ExprKind::dereference || e.args[i].kind == ExprKind::member;
      if (lvalue) {
        given[i].target = locate(e.args[i]);
        given[i].alias = given[i].target.kind != PlaceT::Kind::none;
      }
      if (!given[i].alias) given[i].value = eval(e.args[i]);
      continue;
    }
    given[i].value = eval(e.args[i]);
    const bool whole = e.args[i].kind == ExprKind::variable && parameter.type.kind == TypeKind::container;
    if (whole) {  // by value or a view: the size goes with it
      const ValueT size = container_size(e.args[i]);
      given[i].has_size = size.kind == ValueT::Kind::number;
      given[i].size = size.number;
    }
  }
  const auto body = [&] {
    enter_function(e.callee);
    for (std::size_t i = 0; i < std::min(given.size(), e.args.size()); ++i) {
      const auto at = static_cast<std::size_t>(callee.parameters[i]);
      const bool floating = callee.variables[at].type.kind == TypeKind::floating;
      if (floating && !given[i].alias) given[i].value = data();
      frame().slots[at] = std::move(given[i]);
    }
    run(callee.body);
  };
  ValueT result = self().called(callee, body);
  const bool ended = result.kind == ValueT::Kind::address && result.place.kind == PlaceT::Kind::variable &&
                     static_cast<std::size_t>(result.place.frame) >= frames_.size();
  return ended ? data() : result;
}

template <class D, class Num>
std::optional<Num> Walker<D, Num>::amount(const Amount& factors, const Expr& e, const std::vector<ValueT>& args) {
  std::optional<Num> out = self().constant(1);
  const Type& lanes = register_of(e);
  for (const source::Factor& factor : factors) {
    std::optional<Num> value;
    const auto first = static_cast<std::size_t>(factor.first);
    const auto last = static_cast<std::size_t>(factor.last);
    switch (factor.kind) {
      case FactorKind::constant: value = self().constant(factor.value); break;
      case FactorKind::argument:
        if (first < args.size() && args[first].kind == ValueT::Kind::number) value = args[first].number;
        break;
      case FactorKind::distance: {
        if (first >= args.size() || last >= args.size() || args[first].kind != ValueT::Kind::address ||
            args[last].kind != ValueT::Kind::address || args[first].place.array != args[last].place.array) {
          break;
        }
        const Type* element = e.args[first].type.element.get();
        const std::int64_t stride = element != nullptr ? std::max<std::int64_t>(1, bytes_of(*element)) : 1;
        const auto apart = self().binary(Operator::subtract, args[last].place.offset, args[first].place.offset);
        if (apart) value = self().binary(Operator::divide, *apart, self().constant(stride));
        break;
      }
      case FactorKind::lanes:
        value =
            self().constant(factor.value != 0 ? std::int64_t{lanes.bits} * lanes.lanes / factor.value : lanes.lanes);
        break;
      case FactorKind::register_bytes: value = self().constant(std::int64_t{lanes.bits} * lanes.lanes / 8); break;
    }
    if (value && factor.minus != 0) value = self().binary(Operator::subtract, *value, self().constant(factor.minus));
    if (!value) return std::nullopt;
    out = self().binary(Operator::multiply, *out, *value);
    if (!out) return std::nullopt;
  }
  return out;
}

template <class D, class Num>
void Walker<D, Num>::charge(Measure measure, const std::optional<Amount>& factors, const Expr& e,
                            const std::vector<ValueT>& args) {
  if (!factors) return;
  if (const auto work = amount(*factors, e, args)) {
    self().emit(measure, *work);
  } else {
    self().unknown(e.at, "call of " + e.name + ": its size depends on data");
  }
}

template <class D, class Num>
void Walker<D, Num>::transfer(const Traffic& traffic, bool write, const Expr& e, const std::vector<ValueT>& args) {
  const auto at = static_cast<std::size_t>(traffic.argument);
  if (at >= args.size()) return;
  if (is_scalar(e.args[at].type)) {  // an element passed by reference; reading it counted when it was evaluated
    if (write) store(locate(e.args[at]), data(), e.args[at].type);
    return;
  }
  if (args[at].kind != ValueT::Kind::address || args[at].place.kind != PlaceT::Kind::memory) return;
  const Type* element = e.args[at].type.element.get();
  const auto size = amount(traffic.amount, e, args);
  if (!size) {
    self().unknown(e.at, "call of " + e.name + ": its size depends on data");
    return;
  }
  const std::int64_t element_bytes = element != nullptr ? std::max<std::int64_t>(1, bytes_of(*element)) : 1;
  self().access_range(args[at].place, *size, traffic.bytes ? 1 : element_bytes, write);
}

template <class D, class Num>
Value<Num> Walker<D, Num>::result_of(const Expr& e, const std::vector<ValueT>& args) {
  const std::string name = last_name(e.name);
  const std::string plain = name.substr(0, name.find('<'));
  const bool smallest = plain == "min";
  if ((smallest || plain == "max") && args.size() == 2 && args[0].kind == ValueT::Kind::number &&
      args[1].kind == ValueT::Kind::number) {
    const auto out = self().extremum(smallest, args[0].number, args[1].number);
    return out ? number(*out) : data();
  }
  if (plain == "abs" && args.size() == 1 && args[0].kind == ValueT::Kind::number) {
    const auto negated = self().unary(Operator::negate, args[0].number);
    const auto out = negated ? self().extremum(false, args[0].number, *negated) : std::nullopt;
    return out ? number(*out) : data();
  }
  const bool pointer = e.type.kind == TypeKind::pointer || e.type.kind == TypeKind::container;
  if (pointer && !args.empty() && args[0].kind == ValueT::Kind::address) return args[0];
  return data();
}

template <class D, class Num>
Value<Num> Walker<D, Num>::call_listed(const Expr& e, const FunctionCost& cost) {
  std::vector<ValueT> args;
  args.reserve(e.args.size());
  for (std::size_t i = 0; i < e.args.size(); ++i) {
    const auto names_it = [&](const Traffic& t) { return static_cast<std::size_t>(t.argument) == i; };
    const bool written = std::any_of(cost.writes.begin(), cost.writes.end(), names_it);
    const bool read = std::any_of(cost.reads.begin(), cost.reads.end(), names_it);
    const bool only_written = written && !read && is_scalar(e.args[i].type);
    args.push_back(only_written ? data() : eval(e.args[i]));
  }
  const bool indexing = e.type.kind == TypeKind::integer && e.type.lanes == 1 && !data_operations_.contains(&e);
  const auto work = [&] {
    charge(Measure::flops, cost.flops, e, args);
    charge(Measure::transcendentals, cost.transcendentals, e, args);
    if (!indexing) charge(Measure::int_ops, cost.int_ops, e, args);
    if (cost.arith) {
      const Type& lanes = register_of(e);
      if (lanes.kind == TypeKind::floating) {
        charge(Measure::flops, cost.arith, e, args);
      } else if (!indexing) {
        charge(Measure::int_ops, cost.arith, e, args);
      }
    }
    for (const Traffic& traffic : cost.reads) transfer(traffic, false, e, args);
    for (const Traffic& traffic : cost.writes) transfer(traffic, true, e, args);
  };
  if (cost.at_most) {  // bounds: all of it, or nothing
    self().branch(data(), e, work, [] {});
  } else {
    work();
  }
  return result_of(e, args);
}

}  // namespace costscan::source::count
