// Whether the numbers that a worksheet gets from outside fit its cost model.
#include <fmt/core.h>

#include <algorithm>

#include "costs/explain_impl.hpp"
#include "costs/node_view.hpp"
#include "model/text.hpp"

namespace costscan {

Expression symbol_of(const Program& program, const Slot& slot) {
  Expression out;
  out.op = Op::symbol;
  out.place = Place::slot;
  out.target = static_cast<std::int32_t>(&slot - program.slots.data());
  return out;
}

Result<void> check_bindings(const Program& program, const OpHandle& op, const ExplainOptions& options) {
  std::vector<std::string> names;
  for (const Slot& slot : program.slots) {
    if (!slot.hidden) names.push_back(slot.name);
  }
  for (const auto& [name, number] : options.bindings) {
    if (std::ranges::find(names, name) == names.end()) {
      return fail(ErrorKind::usage, fmt::format("{} has no symbol '{}' for --dim; it has {}", op.op, printable(name),
                                                names.empty() ? "none" : joined(names, ", ")));
    }
    if (number < 0) {
      return fail(ErrorKind::usage, fmt::format("--dim {}={}: a size cannot be negative", name, number));
    }
  }
  if (options.node == nullptr) return {};
  NodeView view(program, *options.scope, *options.node);
  if (options.fast_memory) view.set_fast_memory(options.fast_memory->bytes);
  for (const auto& [name, number] : options.bindings) view.bind(name, number);
  std::string missing;
  for (const Slot& slot : program.slots) {
    if (!slot.dim) continue;
    const bool bound = std::ranges::any_of(options.bindings, [&](const auto& b) { return b.first == slot.name; });
    if (bound || view.evaluate(slot.expression)) continue;
    missing += fmt::format("{}--dim {}=N ({})", missing.empty() ? "" : ", ", slot.name, slot.meaning);
  }
  if (!missing.empty()) return fail(ErrorKind::usage, fmt::format("{} also needs {}", op.op, missing));
  // An operator of sizes alone has all of its symbols, or none that mean anything.
  const bool of_sizes = std::ranges::any_of(program.slots, &Slot::dim);
  for (const Slot& slot : program.slots) {
    if (!of_sizes || slot.hidden) continue;
    const Evaluated value = view.evaluate(symbol_of(program, slot));
    if (!value) return fail(ErrorKind::usage, fmt::format("{}: {}", op.op, value.error()));
  }
  return {};
}

}  // namespace costscan
