// Prints the static plan of a model for bench/plan_check.py, one node a line, tab-separated: operator, domain, inputs
// and outputs (joined by `;`, constants marked @), arithmetic (the largest of FLOPs, twice MACs, integer operations),
// compulsory bytes. `--as-is` costs the file's own nodes instead (a graph that the
// runtime saved).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "costs/cost_library.hpp"
#include "load/load.hpp"
#include "plan/plan.hpp"
#include "shapes/infer.hpp"

namespace {

using namespace costscan;

std::string names(const Graph& graph, const std::vector<ValueId>& ids) {
  std::vector<std::string> out;
  for (const ValueId id : ids) {
    if (id == no_value) {
      out.emplace_back();
      continue;
    }
    const Value& value = graph.values[static_cast<std::size_t>(id)];
    out.push_back((value.origin == ValueOrigin::initializer ? "@" : "") + value.name);
  }
  return fmt::format("{}", fmt::join(out, ";"));
}

struct Arguments {
  std::string model;
  PlanOptions plan;
  bool as_is = false;
  ShapeOptions shapes;
};

/// Milliseconds since `start`.
double elapsed(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

Result<std::shared_ptr<const ShapedModel>> shaped_plan(const Arguments& arguments) {
  auto model = load_model(arguments.model, {.lenient = arguments.as_is});
  if (!model) return tl::unexpected(model.error());
  auto shaped = infer_shapes(*model, arguments.shapes);
  if (!shaped || arguments.as_is) return shaped;
  const auto start = std::chrono::steady_clock::now();
  auto planned = plan_execution(**shaped, arguments.plan);
  if (!planned) return tl::unexpected(planned.error());
  fmt::print(stderr, "plan\t{:.3f}\n", elapsed(start));
  return infer_shapes(*planned);
}

int print_plan(const Arguments& arguments) {
  const auto shaped = shaped_plan(arguments);
  if (!shaped) {
    fmt::print(stderr, "{}\n", shaped.error().message);
    return static_cast<int>(shaped.error().kind);
  }
  const CostLibrary library = CostLibrary::builtin();
  for (const std::string& warning : (*shaped)->warnings) fmt::print(stderr, "warning\t{}\n", warning);
  const auto costs = cost_model(library, **shaped);
  const Graph& graph = *(*shaped)->scopes.front().graph;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    const NodeCost& cost = costs.front()[n];
    fmt::print("{}\t{}\t{}\t{}\t{}\t{}\n", node.op_type, node.domain, names(graph, node.inputs),
               names(graph, node.outputs), std::max({cost.work.flops, 2 * cost.work.macs, cost.work.int_ops}),
               cost.compulsory_bytes);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> given(argv + 1, argv + argc);
  Arguments arguments;
  arguments.plan.nchwc_block = native_nchwc_block();
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] == "--as-is") {
      arguments.as_is = true;
    } else if (given[i] == "--level" && i + 1 < given.size()) {
      arguments.plan.level = plan_level(given[++i]);
    } else if (given[i] == "--dim" && i + 1 < given.size()) {
      const std::string& binding = given[++i];
      const std::size_t equals = binding.find('=');
      if (equals == std::string::npos) return 2;
      arguments.shapes.dims.emplace_back(binding.substr(0, equals), std::stoll(binding.substr(equals + 1)));
    } else {
      arguments.model = given[i];
    }
  }
  if (arguments.model.empty()) {
    fmt::print(stderr, "usage: plan_dump MODEL [--level disabled|basic|extended|all] [--as-is] [--dim NAME=N]...\n");
    return 2;
  }
  return print_plan(arguments);
}
