#include "assemble/rows.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "assemble/module_scope.hpp"

namespace costscan {
namespace {

TensorColumn tensor_column(const Scope& scope, ValueId id) {
  TensorColumn column;
  if (id == no_value) {
    column.present = false;
    return column;
  }
  const auto index = static_cast<std::size_t>(id);
  column.name = scope.graph->values[index].name;
  const TensorInfo& info = scope.tensors[index];
  column.dtype = info.dtype;
  column.shape = info.shape;
  column.constant = info.constant;
  return column;
}

/// Modules that enclose this instance: the callers' module paths, and the function or body itself by name.
std::string scope_prefix(const ShapedModel& shaped, const Scope& scope) {
  if (scope.parent < 0) return {};
  const Scope& parent = shaped.scopes[static_cast<std::size_t>(scope.parent)];
  const Node& caller = parent.graph->nodes[static_cast<std::size_t>(scope.calling_node)];
  std::string prefix = scope_prefix(shaped, parent);
  const std::string module = module_scope(caller);
  for (const std::string& part : {module, caller.op_type}) {
    if (part.empty()) continue;
    if (!prefix.empty()) prefix += '/';
    prefix += part;
  }
  return prefix;
}

std::string joined_scope(const std::string& prefix, std::string own) {
  if (prefix.empty()) return own;
  return own.empty() ? prefix : prefix + "/" + own;
}

NodeRow build_row(const Scope& scope, const Node& node, NodeCost cost) {
  NodeRow row;
  row.node_index = node.file_index;
  row.node_name = node.name;
  row.op_type = node.op_type;
  row.domain = node.domain;
  row.subgraph = scope.path;
  for (const ValueId id : node.inputs) row.inputs.push_back(tensor_column(scope, id));
  for (const ValueId id : node.outputs) row.outputs.push_back(tensor_column(scope, id));
  if (!row.outputs.empty()) row.dtype = row.outputs.front().dtype;
  row.cost = std::move(cost);
  return row;
}

/// Graph::nodes is topological; a file need not be, and rows stand as the file has them.
std::vector<std::size_t> file_order(const Graph& graph) {
  std::vector<std::size_t> order(graph.nodes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t n) { return std::pair(graph.nodes[n].file_index, n); });
  return order;
}

/// A tenth of the executed nodes took no longer, in microseconds, by the half of the profile's resolution.
double shortest_events_us(const std::vector<RuntimeNode>& nodes) {
  constexpr double half_a_tick = 0.5;
  std::vector<double> medians;
  medians.reserve(nodes.size());
  for (const RuntimeNode& node : nodes) {
    if (!node.time.us.empty()) medians.push_back(node.time.median);
  }
  if (medians.empty()) return 0;
  const auto tenth = medians.begin() + static_cast<std::ptrdiff_t>(medians.size() / 10);
  std::ranges::nth_element(medians, tenth);
  return *tenth + half_a_tick;
}

/// What profiling adds to each event: the two sessions' difference spread evenly over the executed nodes, since each
/// event carries about the same bookkeeping. A noisy machine can make the sessions differ by far more than that. Two
/// limits: twice what chains of tiny ops show (1.6 to 2.1 us a node), and the shortest events, which hold it too, so
/// that a slow minute of the profiled session cannot take all times of a small model. What exceeds them stays in the
/// remainder.
double profiling_bias_us(const Measurement& measurement) {
  constexpr double most_us = 4.0;
  if (measurement.nodes.empty() || measurement.latency.us.empty() || measurement.profiled_latency.us.empty()) return 0;
  const double difference = measurement.profiled_latency.median - measurement.latency.median;
  return std::clamp(difference / static_cast<double>(measurement.nodes.size()), 0.0,
                    std::min(most_us, shortest_events_us(measurement.nodes)));
}

}  // namespace

std::vector<NodeRow> build_rows(const ShapedModel& shaped, std::vector<std::vector<NodeCost>> costs) {
  std::vector<NodeRow> rows;
  std::size_t total = 0;
  for (const auto& scope_costs : costs) total += scope_costs.size();
  rows.reserve(total);
  for (std::size_t s = 0; s < shaped.scopes.size(); ++s) {
    const Scope& scope = shaped.scopes[s];
    const std::string prefix = scope_prefix(shaped, scope);
    for (const std::size_t n : file_order(*scope.graph)) {
      const Node& node = scope.graph->nodes[n];
      NodeRow row = build_row(scope, node, std::move(costs[s][n]));
      row.graph_node = static_cast<std::int32_t>(n);
      row.scope_id = static_cast<ScopeId>(s);
      row.scope = joined_scope(prefix, module_scope(node));
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::vector<RuntimeRow> build_runtime_rows(const Measurement& measurement, std::vector<NodeCost> costs) {
  const double bias_us = profiling_bias_us(measurement);
  std::vector<RuntimeRow> rows;
  rows.reserve(measurement.nodes.size());
  for (const RuntimeNode& node : measurement.nodes) {
    RuntimeRow row;
    row.name = node.name;
    row.op_type = node.op_type;
    row.domain = node.domain;
    row.provider = node.provider;
    if (!node.time.us.empty()) {
      row.measured_us = std::max(0.0, node.time.median - bias_us);
      if (node.time.us.size() > 1) row.measured_mad_us = node.time.mad;  // one sample has no spread
    }
    if (rows.size() < costs.size()) {
      row.cost = std::move(costs[rows.size()]);
    } else {
      row.cost.unknown_reason = "the graph that the runtime executed is not known";
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace costscan
