#include "source/lint/machine.hpp"

#include <algorithm>
#include <utility>

namespace costscan::source::linting {
namespace {

constexpr std::int64_t smallest_sample = 2;

bool is_floating(const Type& type) {
  if (type.kind == TypeKind::floating) return true;
  return type.element && is_floating(*type.element);
}

/// What a variable of this type holds before anything is assigned to it.
Contents initial_contents(const Variable& variable) {
  if (variable.storage != Storage::local) return Contents::input;
  switch (variable.type.kind) {
    case TypeKind::container:
    case TypeKind::opaque: return Contents::constant;
    default: return Contents::unset;
  }
}

/// Looking a name up is slow (the library's table has patterns), and programs call few different functions.
using Names = std::map<std::pair<std::string, std::size_t>, Registers::Known>;

Registers::Known look_up(const Expr& call, const Effects& effects, Names& names) {
  const auto [at, added] = names.try_emplace({call.name, call.args.size()});
  if (added) {
    at->second.effect = effects.find(call.name, call.args.size());
    if (effects.library) at->second.cost = effects.library->find(call.name, call.args.size());
  }
  return at->second;
}

void find_in(const Expr& expr, const Program& program, const Function& function, const Effects& effects, Names& names,
             Registers& out) {
  for (const Expr& arg : expr.args) find_in(arg, program, function, effects, names, out);
  if (expr.kind != ExprKind::call) return;
  const Registers::Known known = look_up(expr, effects, names);
  out.calls.emplace(&expr, known);
  const Effect* effect = known.effect;
  if (effect == nullptr) return;
  for (const auto* list : {&effect->writes, &effect->accumulates}) {
    for (const ArgumentName& argument : *list) {
      const int position = position_of(argument, expr, program, function);
      if (position == nothing) continue;
      const Expr& arg = without_conversions(expr.args[static_cast<std::size_t>(position)]);
      if (arg.kind == ExprKind::integer_literal && !arg.name.empty()) out.named.emplace(arg.name, arg.integer);
      if (arg.kind != ExprKind::variable) continue;
      const Variable& variable = function.variables[static_cast<std::size_t>(arg.variable)];
      out.named.emplace(variable.name, variable.constant);
      out.variables.emplace(&function, arg.variable);
    }
  }
}

void find_in(const std::vector<Stmt>& body, const Program& program, const Function& function, const Effects& effects,
             Names& names, Registers& out) {
  for (const Stmt& stmt : body) {
    find_in(stmt.expr, program, function, effects, names, out);
    for (const Expr& step : stmt.step) find_in(step, program, function, effects, names, out);
    for (const auto* part : {&stmt.init, &stmt.body, &stmt.otherwise}) {
      find_in(*part, program, function, effects, names, out);
    }
  }
}

}  // namespace

Registers find_registers(const Program& program, const Effects& effects) {
  Registers out;
  Names names;
  for (const Function& function : program.functions) find_in(function.body, program, function, effects, names, out);
  return out;
}

int position_of(const ArgumentName& argument, const Expr& call, const Program& program, const Function& caller) {
  if (const int* position = std::get_if<int>(&argument)) {
    return *position < static_cast<int>(call.args.size()) ? *position : nothing;
  }
  const std::string& wanted = std::get<std::string>(argument);
  if (call.callee != no_function) {
    const Function& callee = program.functions[static_cast<std::size_t>(call.callee)];
    for (std::size_t at = 0; at < callee.parameters.size() && at < call.args.size(); ++at) {
      if (callee.variables[static_cast<std::size_t>(callee.parameters[at])].name == wanted) return static_cast<int>(at);
    }
  }
  const auto declared = program.declared_parameters.find(call.name);
  if (declared != program.declared_parameters.end()) {
    const auto at = std::ranges::find(declared->second, wanted) - declared->second.begin();
    if (at < static_cast<std::ptrdiff_t>(std::min(declared->second.size(), call.args.size())))
      return static_cast<int>(at);
  }
  for (std::size_t at = 0; at < call.args.size(); ++at) {
    const Expr& arg = without_conversions(call.args[at]);
    const bool variable =
        arg.kind == ExprKind::variable && caller.variables[static_cast<std::size_t>(arg.variable)].name == wanted;
    if (variable || (arg.kind == ExprKind::integer_literal && arg.name == wanted)) return static_cast<int>(at);
  }
  return nothing;
}

Machine::Machine(const Program& program, const Registers& registers, MachineOptions options)
    : program_(program), registers_(registers), options_(std::move(options)) {}

Trace Machine::run(const Function& function) {
  frame_ = add_frame(function, 0);
  bind_inputs();
  const Flow flow = run(function.body);
  static_cast<void>(flow);
  settle(0);
  for (std::size_t id = 0; id < trace_.objects.size(); ++id) {
    if (!trace_.objects[id].outlives) continue;
    for (const auto& [offset, cell] : memory_.object(static_cast<int>(id)).cells) use(cell.write);
  }
  return std::move(trace_);
}

bool Machine::stopped() {
  if (++steps_ > options_.steps) trace_.complete = false;
  return !trace_.complete;
}

int Machine::add_frame(const Function& function, int depth) {
  Frame frame;
  frame.function = &function;
  frame.places.resize(function.variables.size());
  frame.depth = depth;
  frames_.push_back(std::move(frame));
  return static_cast<int>(frames_.size()) - 1;
}

int Machine::add_object(const Variable& variable, const Function& function, Contents contents, bool outlives) {
  ObjectFacts facts;
  facts.name = variable.name;
  facts.function = &function;
  facts.declared = &variable.at;
  facts.outlives = outlives;
  facts.floating = is_floating(variable.type);
  facts.local = !outlives;
  trace_.objects.push_back(std::move(facts));
  Object object;
  object.contents = contents;
  // A device reads a volatile location whenever it likes.
  object.escaped = variable.type.name.find("volatile") != std::string::npos;
  return memory_.add(std::move(object));
}

/// Parameters of the function looked at: pointers lead to memory of their own, integers are symbols.
void Machine::bind_inputs() {
  const Function& root = function();
  for (const VariableId id : root.parameters) {
    const Variable& variable = root.variables[static_cast<std::size_t>(id)];
    const bool indirect = variable.is_reference || variable.type.kind == TypeKind::container ||
                          variable.type.kind == TypeKind::array || variable.type.kind == TypeKind::opaque;
    const int object = add_object(variable, root, Contents::input, indirect);
    frame().places[static_cast<std::size_t>(id)] = Place{object, true, 0, 0};
    Cell cell;
    if (variable.type.kind == TypeKind::pointer) {
      Variable target = variable;
      if (variable.type.element) target.type = *variable.type.element;
      cell.value.kind = ValueKind::pointer;
      cell.value.known = true;
      cell.value.object = add_object(target, root, Contents::input, true);
    } else if (variable.type.kind == TypeKind::integer && variable.type.lanes == 1) {
      cell.value = symbol(variable.dim_name, variable.name);
    } else if (variable.type.kind == TypeKind::floating && variable.type.lanes == 1) {
      cell.value.kind = ValueKind::data;  // an input, but the same in every iteration
    } else {
      continue;
    }
    memory_.set({object, 0}, cell);
  }
}

Value Machine::symbol(const std::string& dim_name, const std::string& variable_name) {
  Value out = known_integer(0);
  out.origin = name(variable_name);
  const auto given = options_.dims.find(dim_name);
  const bool use_given = given != options_.dims.end() && !options_.ignore_dims;
  out.sampled = !use_given;
  const auto [at, added] = symbols_.emplace(dim_name, 0);
  if (added) {
    const auto order = static_cast<std::int64_t>(trace_.sampled_symbols.size());
    at->second = use_given ? given->second : std::max(smallest_sample, options_.sample + order * options_.sample_step);
    if (!use_given) trace_.sampled_symbols.push_back(dim_name);
  }
  out.integer = at->second;
  return out;
}

std::int32_t Machine::name(const std::string& text) {
  const auto at = std::ranges::find(names_, text);
  if (at != names_.end()) return static_cast<std::int32_t>(at - names_.begin());
  names_.push_back(text);
  return static_cast<std::int32_t>(names_.size()) - 1;
}

Place Machine::place_of(VariableId id) {
  if (id < 0 || static_cast<std::size_t>(id) >= frame().places.size()) return {};
  const Place bound = frame().places[static_cast<std::size_t>(id)];
  if (bound.object != no_object) return bound;
  const Function& owner = function();
  const Variable& variable = owner.variables[static_cast<std::size_t>(id)];
  if (variable.storage == Storage::global) {
    const auto [at, added] = globals_.emplace(variable.name, no_object);
    if (added) {
      at->second = add_object(variable, owner, Contents::input, true);
      if (variable.constant || variable.type.kind == TypeKind::integer) {
        Cell cell;
        cell.value = variable.constant ? known_integer(*variable.constant) : symbol(variable.dim_name, variable.name);
        cell.value.origin = name(variable.name);
        memory_.set({at->second, 0}, cell);
      }
    }
    return frame().places[static_cast<std::size_t>(id)] = Place{at->second, true, 0, 0};
  }
  const int object = add_object(variable, owner, initial_contents(variable), false);
  return frame().places[static_cast<std::size_t>(id)] = Place{object, true, 0, 0};
}

/// The memory that a pointer stored in a cell leads to, or a member of a record.
int Machine::part(const CellKey& whole, const std::string& member) {
  const auto [at, added] = parts_.emplace(std::tuple(whole.object, whole.offset, member), no_object);
  if (added) {
    ObjectFacts facts = trace_.objects[static_cast<std::size_t>(whole.object)];
    if (!member.empty()) facts.name += "." + member;
    trace_.objects.push_back(facts);
    Object object;
    object.contents = memory_.object(whole.object).contents;
    object.escaped = memory_.object(whole.object).escaped;
    at->second = memory_.add(std::move(object));
  }
  return at->second;
}

}  // namespace costscan::source::linting
