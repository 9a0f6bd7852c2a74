#include "measure/foreign_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "measure/profile.hpp"

namespace costscan {
namespace {

/// The profile calls a node without a name OP_INDEX, and does not count Constant nodes; our own sessions name it by its
/// place in the file.
std::unordered_map<std::string, std::string> names_here(const Graph& graph) {
  std::unordered_map<std::string, std::string> names;
  std::unordered_set<std::string> given;
  for (const Node& node : graph.nodes) given.insert(node.name);
  std::int64_t runtime_index = 0;
  std::vector<const Node*> in_file_order;
  for (const Node& node : graph.nodes) in_file_order.push_back(&node);
  std::ranges::sort(in_file_order, {}, &Node::file_index);
  for (const Node* node : in_file_order) {
    if (node->op_type == "Constant" && node->domain.empty()) continue;
    const std::string theirs = fmt::format("{}_{}", node->op_type, runtime_index++);
    if (node->name.empty() && !given.contains(theirs)) {
      names[theirs] = fmt::format("{}_{}", node->op_type, node->file_index);
    }
  }
  return names;
}

bool is_executed(const Node& node) { return node.op_type != "Constant" || !node.domain.empty(); }

/// Nodes that are in both, against all nodes of either: 1 for the same graph.
double likeness(const std::vector<RuntimeNode>& nodes, const Graph& graph) {
  const auto joined = std::ranges::count_if(nodes, [](const RuntimeNode& node) { return node.optimized_node >= 0; });
  const auto planned = std::ranges::count_if(graph.nodes, is_executed);
  const auto either = static_cast<std::ptrdiff_t>(nodes.size()) + planned - joined;
  return either > 0 ? static_cast<double>(joined) / static_cast<double>(either) : 0;
}

struct Candidate {
  double like = -1;
  std::string level;
  std::string version;
  std::shared_ptr<const Model> graph;
  std::vector<RuntimeNode> nodes;
};

std::vector<std::string> levels_from(const std::string& first) {
  std::vector<std::string> levels{first};
  for (const char* level : {"all", "extended", "basic", "disabled"}) {
    if (level != first) levels.emplace_back(level);
  }
  return levels;
}

/// Empty graph where the runtime cannot plan; `why` then says so.
Candidate closest_plan(const Measurement& foreign, const ShapedModel& shaped, MeasureOptions options,
                       std::string& why) {
  options.plan_only = true;
  const auto names = names_here(shaped.model->graph);
  Candidate best;
  for (const std::string& level : levels_from(options.optimization_level)) {
    options.optimization_level = level;
    Measurement plan = measure(shaped, options);
    if (plan.status != MeasureStatus::planned || !plan.optimized) {
      why = plan.reason;
      break;
    }
    Candidate here{0, level, plan.runtime_version, plan.optimized, foreign.nodes};
    std::vector<std::string> theirs;
    for (RuntimeNode& node : here.nodes) {
      theirs.push_back(node.name);
      if (const auto found = names.find(node.name); found != names.end()) node.name = found->second;
    }
    join_to_graph(here.nodes, plan.optimized->graph);
    for (std::size_t n = 0; n < theirs.size(); ++n) here.nodes[n].name = std::move(theirs[n]);
    here.like = likeness(here.nodes, plan.optimized->graph);
    if (here.like > best.like) best = std::move(here);
    if (best.like >= 1) break;
  }
  return best;
}

}  // namespace

void find_optimized_graph(Measurement& foreign, const ShapedModel& shaped, const MeasureOptions& options) {
  if (foreign.nodes.empty()) return;
  std::string why;
  Candidate plan = closest_plan(foreign, shaped, options, why);
  // Of a file that was cut all nodes may be found without being all of the graph.
  constexpr double least = 0.5;
  const auto found =
      std::ranges::count_if(plan.nodes, [](const RuntimeNode& node) { return node.optimized_node >= 0; });
  if (!plan.graph || static_cast<double>(found) < least * static_cast<double>(plan.nodes.size())) {
    foreign.warnings.push_back(
        fmt::format("the profile's nodes are joined by name alone, so that what was fused stands in the remainder: {}",
                    plan.graph ? "no optimisation level of the runtime here gives half of them; is it of this model?"
                               : "its optimised graph is not known (" + why + ")"));
    return;
  }
  foreign.optimized = std::move(plan.graph);
  foreign.optimization_level = plan.level;
  foreign.nodes = std::move(plan.nodes);
  foreign.reason +=
      fmt::format("; {} of its {} nodes are those of the graph that ONNX Runtime {} makes here at level {}", found,
                  foreign.nodes.size(), plan.version, plan.level);
}

}  // namespace costscan
