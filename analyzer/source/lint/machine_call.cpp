// Calls: followed where the body is known, else by what the tables say of them.
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "model/checked_math.hpp"
#include "source/lint/machine.hpp"

namespace costscan::source::linting {
namespace {

constexpr int deepest_call = 24;
constexpr std::int64_t most_cells_filled = 1 << 16;

/// "ns::scale<float>" → "scale".
std::string_view plain(std::string_view name) {
  name = name.substr(0, name.find('<'));
  const std::size_t colon = name.rfind("::");
  return colon == std::string_view::npos ? name : name.substr(colon + 2);
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::ranges::any_of(parts, [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

/// fmax, std::min, _mm256_max_ps, vmaxq_f32: a choice among the arguments.
bool selects(std::string_view name) { return contains_any(name, {"max", "min", "clamp", "blend", "select"}); }

/// _mm256_add_ps, vfmaq_f32, fma: one argument is carried over with factor one.
bool adds(std::string_view name) { return contains_any(name, {"add", "sub", "fma", "mla", "fnma", "mls"}); }

const Type& pointee_of(const Type& type) {
  static const Type unknown{};
  return type.element ? *type.element : unknown;
}

bool points_to_const(const Expr& arg) {
  const auto written = [](const std::string& name) {
    return name.starts_with("const ") || name.find(" const *") != std::string::npos ||
           name.find(" const*") != std::string::npos;
  };
  return written(arg.type.name) || written(without_conversions(arg).type.name);
}

bool is_indirect(const Value& value) { return value.kind == ValueKind::pointer; }

}  // namespace

std::vector<Value> Machine::eval_arguments(const Expr& expr) {
  std::vector<Value> out;
  out.reserve(expr.args.size());
  for (const Expr& arg : expr.args) out.push_back(eval(arg));
  return out;
}

Value Machine::call(const Expr& expr) {
  const auto facts = registers_.calls.find(&expr);
  const Registers::Known known = facts != registers_.calls.end() ? facts->second : Registers::Known{};
  if (known.effect != nullptr) return call_device(expr, *known.effect);
  if (expr.callee != no_function) {
    if (frame().depth < deepest_call) return call_followed(expr);
    return call_unknown(expr);
  }
  if (auto special = call_special(expr)) return *special;
  if (known.cost != nullptr) return call_library(expr, *known.cost);
  return call_unknown(expr);
}

Value Machine::call_followed(const Expr& expr) {
  const Function& callee = program_.functions[static_cast<std::size_t>(expr.callee)];
  const auto known = frame().calls.find(&expr);
  int inner = known != frame().calls.end() ? known->second : nothing;
  if (inner == nothing) {
    inner = add_frame(callee, frame().depth + 1);
    frame().calls.emplace(&expr, inner);
  }
  std::vector<Place> places;
  for (std::size_t at = 0; at < callee.parameters.size() && at < expr.args.size(); ++at) {
    const VariableId id = callee.parameters[at];
    const Variable& variable = callee.variables[static_cast<std::size_t>(id)];
    const TypeKind kind = variable.type.kind;
    const Expr& arg = without_conversions(expr.args[at]);
    const bool names_place = arg.kind == ExprKind::variable || arg.kind == ExprKind::subscript ||
                             arg.kind == ExprKind::dereference || arg.kind == ExprKind::member;
    const bool by_place =
        variable.is_reference || kind == TypeKind::container || kind == TypeKind::array || kind == TypeKind::opaque;
    if (by_place && names_place) {
      places.push_back(place(arg));
      continue;
    }
    Value value = eval(expr.args[at]);
    if (by_place && is_indirect(value)) {
      places.push_back({value.object, value.known, value.integer, value.varies});
      continue;
    }
    Place& own = frames_[static_cast<std::size_t>(inner)].places[static_cast<std::size_t>(id)];
    if (own.object == no_object) own = {add_object(variable, callee, Contents::constant, false), true, 0, 0};
    if (value.kind != ValueKind::pointer || kind != TypeKind::pointer) value.kind = kind_of(variable.type);
    // Not a write of its own: what was read for it belongs to the statement around the call.
    memory_.set({own.object, own.offset}, Cell{value, nothing, iteration_});
    places.push_back(own);
  }
  const int caller = frame_;
  frame_ = inner;
  for (std::size_t at = 0; at < places.size(); ++at) {
    frame().places[static_cast<std::size_t>(callee.parameters[at])] = places[at];
  }
  frame().result.reset();
  const Flow flow = run(callee.body);
  static_cast<void>(flow);
  Value out = frame().result.value_or(Value{});
  frame_ = caller;
  return out;
}

/// A device's register is known by the constant that names it, or by its number.
Place Machine::register_place(const Expr& argument, const Value& value) {
  const Expr& arg = without_conversions(argument);
  if (value.kind == ValueKind::pointer) return {value.object, value.known, value.integer, 0};
  if (value.kind != ValueKind::integer) return place(arg);
  std::string key;
  if (value.origin >= 0) {
    key = names_[static_cast<std::size_t>(value.origin)];
  } else if (value.known) {
    const auto same = std::ranges::find_if(
        registers_.named, [&](const auto& named) { return named.second && *named.second == value.integer; });
    key = same != registers_.named.end() ? same->first : "register " + std::to_string(value.integer);
  } else if (arg.kind == ExprKind::variable) {
    key = function().variables[static_cast<std::size_t>(arg.variable)].name;
  } else {
    return {};
  }
  const auto [at, added] = device_registers_.emplace(key, no_object);
  if (added) {
    Variable variable;
    variable.name = key;
    variable.type.kind = TypeKind::opaque;
    at->second = add_object(variable, function(), Contents::constant, true);
    trace_.objects.back().device_register = true;
    trace_.objects.back().declared = nullptr;
  }
  return {at->second, true, 0, 0};
}

Value Machine::call_device(const Expr& expr, const Effect& effect) {
  const std::size_t mark = pending_.size();
  const std::vector<Value> args = eval_arguments(expr);
  const auto places = [&](const std::vector<ArgumentName>& list) {
    std::vector<Place> out;
    for (const ArgumentName& argument : list) {
      const int position = position_of(argument, expr, program_, function());
      if (position == nothing) continue;
      const auto at = static_cast<std::size_t>(position);
      out.push_back(register_place(expr.args[at], args[at]));
    }
    return out;
  };
  const std::vector<Place> reads = places(effect.reads);
  const std::vector<Place> writes = places(effect.writes);
  const std::vector<Place> accumulates = places(effect.accumulates);
  // An argument that is only written is no read, though its value was looked up.
  std::erase_if(pending_, [&](const PendingRead& read) {
    return &read >= pending_.data() + mark &&
           std::ranges::any_of(writes, [&](const Place& to) { return read.key == CellKey{to.object, to.offset}; });
  });
  for (const Place& from : reads) {
    if (from.object == no_object || !from.known) continue;
    const Cell* cell = memory_.find({from.object, from.offset});
    pending_.push_back({{from.object, from.offset}, cell != nullptr ? cell->write : nothing});
  }
  Value made;
  made.kind = ValueKind::data;
  made.loaded = true;
  made.arithmetic = true;
  made.varies = ~0U;  // each call works on the device's next data
  const std::vector<PendingRead> sources(pending_.begin() + static_cast<std::ptrdiff_t>(mark), pending_.end());
  for (const auto* list : {&writes, &accumulates}) {
    for (const Place& to : *list) {
      const std::size_t start = pending_.size();
      pending_.insert(pending_.end(), sources.begin(), sources.end());
      write(to, made, start, {&expr.at, &expr, true, false, list == &accumulates});
    }
  }
  if (writes.empty() && accumulates.empty()) {
    settle(mark);
  } else {
    pending_.resize(std::min(mark, pending_.size()));
  }
  Value out = made;
  out.kind = kind_of(expr.type);
  return out;
}

Value Machine::result_of(const Expr& expr, const std::vector<Value>& args) {
  const std::string_view name = plain(expr.name);
  Value out;
  bool first = true;
  for (const Value& arg : args) {
    Value value = arg;
    if (is_indirect(arg)) {  // what it points to is loaded, anew where the address moves
      value.loaded = true;
      value.literal = false;
    }
    out = first ? value : joined(out, value);
    out.error = std::max(out.error, value.error);
    out.chain = std::max(out.chain, value.chain);
    first = false;
  }
  out.kind = kind_of(expr.type);
  out.known = false;
  out.object = no_object;
  out.origin = -1;
  out.error = 0;
  out.chain = 0;
  const bool is_choice = selects(name);
  const bool moves = contains_any(name, {"load", "set", "cast", "cvt", "dup", "vld", "move"});
  out.literal = args.empty() || (out.literal && !out.loaded);
  out.select = out.select || is_choice;
  out.arithmetic = out.arithmetic || !(is_choice || moves || args.empty());
  double unit = unit_roundoff(expr.type);
  if (adds(name) && unit > 0) {
    for (const Value& arg : args) {
      out.error = std::max(out.error, arg.error);
      out.chain = std::max(out.chain, arg.chain);
    }
    out.error += unit;
    ++out.chain;
  }
  return out;
}

std::optional<std::int64_t> Machine::amount(const Amount& factors, const Expr& call, const std::vector<Value>& args) {
  std::int64_t product = 1;
  for (const Factor& factor : factors) {
    const auto argument = [&](int at) -> const Value* {
      return at >= 0 && static_cast<std::size_t>(at) < args.size() ? &args[static_cast<std::size_t>(at)] : nullptr;
    };
    const Type& lanes = register_of(call);
    std::optional<std::int64_t> value;
    if (factor.kind == FactorKind::constant) value = factor.value;
    if (factor.kind == FactorKind::register_bytes) value = stride_of(lanes);
    if (factor.kind == FactorKind::lanes) {
      value = factor.value != 0 ? stride_of(lanes) * 8 / factor.value : lanes.lanes;
    }
    if (factor.kind == FactorKind::argument && argument(factor.first) && argument(factor.first)->known) {
      value = argument(factor.first)->integer;
    }
    if (factor.kind == FactorKind::distance && argument(factor.first) && argument(factor.last)) {
      const Value& first = *argument(factor.first);
      const Value& last = *argument(factor.last);
      if (first.known && last.known && first.object == last.object) {
        const Type& element = pointee_of(call.args[static_cast<std::size_t>(factor.first)].type);
        value = (last.integer - first.integer) / std::max<std::int64_t>(1, stride_of(element));
      }
    }
    if (value) *value -= factor.minus;
    const auto next = value ? checked_mul(product, *value) : std::nullopt;
    if (!next) return std::nullopt;
    product = *next;
  }
  return product;
}

/// Elements of `type` from `first` on are overwritten by `value`.
void Machine::write_range(const Place& first, std::optional<std::int64_t> elements, const Type& type,
                          const Value& value, std::size_t mark, const Expr& call) {
  if (first.object == no_object) return settle(mark);
  if (!elements || *elements < 0 || *elements > most_cells_filled || !first.known) {
    settle(mark);
    // A constant over all of it ends every unset and every older sum; anything else may have gone anywhere.
    if (value.literal) return renew(first.object, Contents::constant, call.at);
    return escape(first.object, true);
  }
  const std::vector<PendingRead> sources(
      pending_.begin() + static_cast<std::ptrdiff_t>(std::min(mark, pending_.size())), pending_.end());
  Type lane = type;
  lane.lanes = 1;
  for (std::int64_t at = 0; at < *elements; ++at) {
    const std::size_t start = pending_.size();
    pending_.insert(pending_.end(), sources.begin(), sources.end());
    write(element(first, known_integer(at), lane), value, start,
          {&call.at, nullptr, lane.kind == TypeKind::floating, false, false});
    if (stopped()) break;
  }
  pending_.resize(std::min(mark, pending_.size()));
}

/// Loads, stores, fills, copies and plain mathematics.
Value Machine::call_library(const Expr& expr, const FunctionCost& cost) {
  const std::size_t mark = pending_.size();
  const std::vector<Value> args = eval_arguments(expr);
  const auto place_at = [&](const Traffic& traffic) {
    const auto at = static_cast<std::size_t>(traffic.argument);
    if (traffic.argument < 0 || at >= args.size() || !is_indirect(args[at])) return Place{};
    return Place{args[at].object, args[at].known, args[at].integer, args[at].varies};
  };
  const auto elements = [&](const Traffic& traffic, const Type& type) -> std::optional<std::int64_t> {
    const auto count = amount(traffic.amount, expr, args);
    return count && traffic.bytes ? std::optional(*count / std::max<std::int64_t>(1, stride_of(type))) : count;
  };
  const auto type_at = [&](const Traffic& traffic) {
    Type type = pointee_of(without_conversions(expr.args[static_cast<std::size_t>(traffic.argument)]).type);
    if (type.lanes > 1) type.lanes = 1;
    return type;
  };
  std::vector<Value> sources = args;
  for (const Traffic& traffic : cost.reads) {
    const Place from = place_at(traffic);
    if (from.object == no_object) continue;
    const Type type = type_at(traffic);
    const auto count = elements(traffic, type);
    if (!from.known || !count || *count > most_cells_filled) {
      escape(from.object, false);
      continue;
    }
    for (std::int64_t at = 0; at < *count; ++at) {
      const Place to = element(from, known_integer(at), type);
      if (at > 0 && memory_.find({to.object, to.offset}) == nullptr) continue;
      Value value = read(to, type);
      if (value.kind == ValueKind::pointer) break;
      sources.push_back(value);
    }
  }
  Value result = result_of(expr, sources);
  for (const Traffic& traffic : cost.writes) {
    const Place to = place_at(traffic);
    if (to.object == no_object) continue;
    const Type type = type_at(traffic);
    std::vector<Value> stored;
    for (std::size_t at = 0; at < sources.size(); ++at) {
      const bool address = at < args.size() && is_indirect(args[at]);
      const bool length = at < args.size() && args[at].kind == ValueKind::integer && kind_of(type) == ValueKind::data;
      if (!address && !length) stored.push_back(sources[at]);
    }
    Value value = result_of(expr, stored);
    value.kind = kind_of(type);
    value.literal = std::ranges::all_of(stored, [](const Value& each) { return each.literal || each.known; });
    value.arithmetic = std::ranges::any_of(stored, &Value::arithmetic);
    write_range(to, elements(traffic, type), type, value, mark, expr);
  }
  return result;
}

void Machine::note_register_use(const Expr& argument, const Value& value) {
  const Expr& arg = without_conversions(argument);
  if (value.kind != ValueKind::integer || registers_.named.empty()) return;
  const bool named = value.origin >= 0 && registers_.named.contains(names_[static_cast<std::size_t>(value.origin)]);
  const bool listed = arg.kind == ExprKind::variable && registers_.variables.contains({&function(), arg.variable});
  if (!named && !listed) return;
  const Place at = register_place(argument, value);
  if (at.object == no_object) return;
  if (const Cell* cell = memory_.find({at.object, at.offset})) use(cell->write);
}

/// A function without a body here and unknown to the tables: it may use all that it can reach.
Value Machine::call_unknown(const Expr& expr) {
  const std::size_t mark = pending_.size();
  const std::vector<Value> args = eval_arguments(expr);
  bool effects = false;
  for (std::size_t at = 0; at < args.size(); ++at) {
    const Expr& arg = expr.args[at];
    note_register_use(arg, args[at]);
    if (is_indirect(args[at])) {
      const bool changed = !points_to_const(arg);
      effects = effects || changed;
      if (args[at].object != no_object) escape(args[at].object, changed);
      continue;
    }
    // It may take a variable by reference: what it holds afterwards is not known, and no longer unset.
    const Expr& inner = without_conversions(arg);
    if (inner.kind != ExprKind::variable || args[at].unset == no_object) continue;
    const Place to = place(inner);
    Cell cell;
    cell.value.kind = args[at].kind;
    cell.value.opaque = true;
    cell.iteration = iteration_;
    if (to.object != no_object && to.known) memory_.set({to.object, to.offset}, cell);
  }
  Value out = result_of(expr, args);
  out.opaque = effects || args.empty();
  out.literal = false;
  if (out.kind == ValueKind::none) settle(mark);
  if (out.kind == ValueKind::data && args.empty()) out.loaded = true;
  return out;
}

}  // namespace costscan::source::linting
