// ReshapeFusion: a shape that is concatenated from the input's own extents and constants becomes a constant; views in a
// row become one.
#include <algorithm>

#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

/// Extent `axis` of `root`: Shape -> Gather(axis) (-> Unsqueeze).
bool is_extent_of(const PlanGraph& graph, ValueId value, ValueId root, std::int64_t axis) {
  NodeId id = graph.value(value).producer;
  if (id != no_node && is_op(graph.node(id), "Unsqueeze")) id = parent(graph, graph.node(id), 0);
  if (id == no_node) return false;
  const Node& node = graph.node(id);
  if (is_op(node, "Gather")) {
    const auto index = constant_ints(graph, input(node, 1));
    const NodeId shape = parent_op(graph, node, 0, "Shape");
    return index && index->size() == 1 && index->front() == axis && shape != no_node &&
           input(graph.node(shape), 0) == root;
  }
  if (!is_op(node, "Shape") || input(node, 0) != root) return false;
  return int_attribute(node, "start").value_or(0) == axis && int_attribute(node, "end") == axis + 1;
}

void remove_unread(PlanGraph& graph, NodeId id) {
  if (id == no_node || !graph.alive(id)) return;
  if (edge_count(graph, graph.node(id)) > 0 || makes_graph_output(graph, graph.node(id))) return;
  std::vector<NodeId> parents;
  for (std::size_t slot = 0; slot < graph.node(id).inputs.size(); ++slot)
    parents.push_back(parent(graph, graph.node(id), slot));
  graph.remove(id);
  for (const NodeId before : parents) {
    if (before != no_node && is_any(graph.node(before), {"Unsqueeze", "Gather", "Shape"})) remove_unread(graph, before);
  }
}

bool fuse_reshape(PlanGraph& graph, NodeId id) {
  const Node& reshape = graph.node(id);
  if (!is_op(reshape, "Reshape") || int_attribute(reshape, "allowzero").value_or(0) != 0) return false;
  const NodeId concat = parent_op(graph, reshape, 1, "Concat");
  if (concat == no_node || edge_count(graph, graph.node(concat)) > 1 || makes_graph_output(graph, graph.node(concat))) {
    return false;
  }
  const ValueId root = input(reshape, 0);
  std::vector<std::int64_t> shape;
  bool computed = false;
  bool inferred = false;
  for (const ValueId part : graph.node(concat).inputs) {
    if (const auto ints = constant_ints(graph, part)) {
      inferred = inferred || std::ranges::find(*ints, -1) != ints->end();
      shape.insert(shape.end(), ints->begin(), ints->end());
    } else if (is_extent_of(graph, part, root, static_cast<std::int64_t>(shape.size()))) {
      shape.push_back(0);
    } else {
      // One extent that the runtime can infer from the others.
      if (computed || inferred) return false;
      computed = true;
      shape.push_back(-1);
    }
  }
  if (computed) return false;
  const ValueId made = graph.add_ints(graph.value(output(graph.node(concat), 0)).name + "_fused", shape);
  graph.set_input(id, 1, made);
  const std::vector<ValueId> parts = graph.node(concat).inputs;
  remove_unread(graph, concat);
  for (const ValueId part : parts) remove_unread(graph, graph.value(part).producer);
  return true;
}

bool is_view(const Node& node) { return is_any(node, {"Reshape", "Squeeze", "Unsqueeze"}); }

/// Views in a row after a Reshape, up to a shape that is known, are one Reshape.
bool match_contiguous(PlanGraph& graph, NodeId id) {
  if (!is_op(graph.node(id), "Reshape")) return false;
  std::vector<NodeId> chain{id};
  for (NodeId next = sole_consumer(graph, graph.node(id)); next != no_node;
       next = sole_consumer(graph, graph.node(next))) {
    const Node& node = graph.node(next);
    if (!is_view(node) || input(node, 0) != output(graph.node(chain.back()), 0)) break;
    chain.push_back(next);
  }
  if (chain.size() < 2) return false;
  const ValueId out = output(graph.node(chain.back()), 0);
  const Shape* shape = planned_shape(graph, out);
  if (shape == nullptr || !all_known(*shape)) return false;
  const Shape target = *shape;
  const std::string name = graph.node(id).name;
  const ValueId from = input(graph.node(id), 0);
  const ValueId to = graph.add_ints(name + "_new_shape", target);
  fuse(graph, make_node(name + "_new_reshape", "Reshape", onnx_domain, {from, to}, {}), chain);
  return true;
}

}  // namespace

bool fuse_reshape(PlanGraph& graph, const Context&) {
  return for_each(
      graph, [](PlanGraph& changed, NodeId id) { return fuse_reshape(changed, id) || match_contiguous(changed, id); });
}

}  // namespace costscan::plan
