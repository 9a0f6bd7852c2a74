// Prints every tensor of every scope of a model as inferred, for comparison with a run:
//   scope path | tensor name | dtype | 1x2x3, "scalar" or "?" | flags (d: data-dependent bound, c: constant)
// Usage: dump_shapes MODEL [NAME=N]... [--costs]   Lines that start with '#' are bindings and warnings; with --costs
// also one per node: "# cost <scope> <node> <op> <trust> <why it is unknown>", tabs between.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>

#include "costs/cost_library.hpp"
#include "load/load.hpp"
#include "model/analysis.hpp"
#include "shapes/infer.hpp"

namespace {

std::string kind_text(const costscan::TensorInfo& info) {
  if (info.kind == costscan::TypeKind::sequence) return "sequence:";
  if (info.kind == costscan::TypeKind::optional) return "optional:";
  return {};
}

void print_scope(const costscan::Scope& scope) {
  fmt::print("# scope {} trips {}{} {}\n", scope.path, scope.trips, scope.trips_upper_bound ? " (bound)" : "",
             scope.trips_reason);
  for (std::size_t i = 0; i < scope.tensors.size(); ++i) {
    const costscan::TensorInfo& info = scope.tensors[i];
    std::string shape = "?";
    if (info.shape) shape = info.shape->empty() ? "scalar" : fmt::format("{}", fmt::join(*info.shape, "x"));
    fmt::print("{}\t{}\t{}{}\t{}\t{}{}\n", scope.path, scope.graph->values[i].name, kind_text(info),
               costscan::to_string(info.dtype), shape, info.data_dependent ? "d" : "", info.constant ? "c" : "");
  }
}

void print_costs(const costscan::ShapedModel& shaped) {
  const auto library = costscan::CostLibrary::builtin();
  const auto costs = costscan::cost_model(library, shaped);
  for (std::size_t scope = 0; scope < costs.size(); ++scope) {
    for (std::size_t node = 0; node < costs[scope].size(); ++node) {
      const costscan::NodeCost& cost = costs[scope][node];
      fmt::print("# cost\t{}\t{}\t{}\t{}\t{}\n", shaped.scopes[scope].path, node,
                 shaped.scopes[scope].graph->nodes[node].op_type, costscan::to_string(cost.trust), cost.unknown_reason);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: dump_shapes MODEL [NAME=N]...\n");
    return 2;
  }
  costscan::ShapeOptions options;
  costscan::LoadOptions load;
  bool costs = false;
  for (int i = 2; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--costs") {
      costs = true;
      continue;
    }
    if (argument == "--lenient") {
      load.lenient = true;
      continue;
    }
    const auto equals = argument.rfind('=');
    if (equals == std::string_view::npos) return 2;
    options.dims.emplace_back(std::string(argument.substr(0, equals)),
                              std::strtoll(std::string(argument.substr(equals + 1)).c_str(), nullptr, 10));
  }
  const auto model = costscan::load_model(argv[1], load);
  if (!model) {
    fmt::print(stderr, "{}\n", model.error().message);
    return static_cast<int>(model.error().kind);
  }
  const auto start = std::chrono::steady_clock::now();
  auto shaped = costscan::infer_shapes(*model, options);
  const std::chrono::duration<double, std::milli> first = std::chrono::steady_clock::now() - start;
  if (!shaped) {
    fmt::print(stderr, "{}\n", shaped.error().message);
    return static_cast<int>(shaped.error().kind);
  }
  const auto again = std::chrono::steady_clock::now();
  shaped = costscan::infer_shapes(*model, options);  // with the operator schemas looked up
  const std::chrono::duration<double, std::milli> second = std::chrono::steady_clock::now() - again;
  fmt::print("# inferred in {:.2f} ms, again in {:.2f} ms\n", first.count(), second.count());
  for (const auto& binding : (*shaped)->bindings) {
    fmt::print("# binding {}={} ({})\n", binding.name, binding.value, binding.reason);
  }
  for (const auto& warning : (*shaped)->warnings) fmt::print("# warning {}\n", warning);
  for (const auto& scope : (*shaped)->scopes) print_scope(scope);
  if (costs) print_costs(**shaped);
  return 0;
}
