// ConstantFolding: what constants (and known shapes) decide is computed when the session is made.
#include <algorithm>
#include <array>

#include "plan/float16_kernels.hpp"
#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

bool is_random(const Node& node) {
  return is_any(node,
                {"RandomUniform", "RandomNormal", "RandomUniformLike", "RandomNormalLike", "Multinomial", "Bernoulli"});
}

bool has_known_shape_input(const PlanGraph& graph, const Node& node) {
  const Shape* shape = planned_shape(graph, input(node, 0));
  return shape != nullptr && all_known(*shape);
}

bool yields_tensors(const PlanGraph& graph, const Node& node) {
  return std::ranges::all_of(
      node.outputs, [&](ValueId out) { return out == no_value || graph.value(out).info.kind == TypeKind::tensor; });
}

bool has_constant_inputs(const PlanGraph& graph, const Node& node) {
  return std::ranges::all_of(node.inputs, [&](ValueId in) { return in == no_value || is_constant(graph, in); });
}

/// DequantizeLinear stays, so that it can join the operator behind it, unless DQ -> X -> Q folds as a whole.
bool keeps_dequantize(const PlanGraph& graph, const Node& node) {
  if (node.op_type != "DequantizeLinear") return false;
  const NodeId next = sole_consumer(graph, node);
  if (next == no_node || graph.node(next).inputs.size() != 1 || graph.node(next).outputs.size() != 1) return true;
  const NodeId quantize = sole_consumer(graph, graph.node(next));
  return quantize == no_node || graph.node(quantize).op_type != "QuantizeLinear";
}

bool can_fold(const PlanGraph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (graph.at(id).has_subgraph || !node.domain.empty() || is_random(node) || !yields_tensors(graph, node))
    return false;
  if (node.op_type == "Shape") return has_known_shape_input(graph, node);
  if (node.inputs.empty() && node.op_type != "Constant") return false;
  return has_constant_inputs(graph, node) && !keeps_dequantize(graph, node) && runs_on_cpu(graph, node);
}

/// What only fed the folded node goes too.
void remove_unread(PlanGraph& graph, std::vector<NodeId> candidates) {
  while (!candidates.empty()) {
    const NodeId id = candidates.back();
    candidates.pop_back();
    if (!graph.alive(id) || edge_count(graph, graph.node(id)) > 0 || makes_graph_output(graph, graph.node(id)))
      continue;
    for (std::size_t slot = 0; slot < graph.node(id).inputs.size(); ++slot) {
      const NodeId before = parent(graph, graph.node(id), slot);
      if (before != no_node) candidates.push_back(before);
    }
    graph.remove(id);
  }
}

}  // namespace

bool fold_constants(PlanGraph& graph, const Context&) {
  bool changed = false;
  const std::vector<NodeId> order = graph.execution_order();
  for (const NodeId id : order) {
    if (!graph.alive(id) || !can_fold(graph, id)) continue;
    std::vector<NodeId> parents;
    for (std::size_t slot = 0; slot < graph.node(id).inputs.size(); ++slot) {
      const NodeId before = parent(graph, graph.node(id), slot);
      if (before != no_node) parents.push_back(before);
    }
    graph.fold(id);
    remove_unread(graph, std::move(parents));
    changed = true;
  }
  return changed;
}

}  // namespace costscan::plan
