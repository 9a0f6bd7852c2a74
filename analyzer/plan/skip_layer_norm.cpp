// SkipLayerNormFusion: Add (and a bias) before LayerNormalization.
#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

bool same_extent(const PlanGraph& graph, ValueId a, ValueId b, std::size_t axis) {
  if (graph.value(a).anonymous || graph.value(b).anonymous) return false;
  return (*graph.value(a).info.shape)[axis] == (*graph.value(b).info.shape)[axis];
}

bool is_type(const PlanGraph& graph, const Node& node) {
  for (const ValueId in : node.inputs) {
    const DType type = dtype(graph, in);
    if (in != no_value && type != DType::float32 && type != DType::float16 && type != DType::bfloat16) return false;
  }
  return true;
}

/// Two operands of the same three extents, by number or by symbol.
bool is_residual_add(const PlanGraph& graph, NodeId id) {
  if (id == no_node || !is_op(graph.node(id), "Add") || !is_type(graph, graph.node(id))) return false;
  const Node& add = graph.node(id);
  if (edge_count(graph, add) != 1 || makes_graph_output(graph, add)) return false;
  const Shape* a = planned_shape(graph, input(add, 0));
  const Shape* b = planned_shape(graph, input(add, 1));
  if (a == nullptr || b == nullptr || a->size() != 3 || b->size() != 3) return false;
  for (std::size_t i = 0; i < 3; ++i) {
    const bool known = (*a)[i] != free_dim && (*b)[i] != free_dim;
    if (known && (*a)[i] != (*b)[i]) return false;
    if (!known && ((*a)[i] != (*b)[i] || !same_extent(graph, input(add, 0), input(add, 1), i))) return false;
  }
  return true;
}

bool is_bias_add(const PlanGraph& graph, NodeId id) {
  if (id == no_node || !is_op(graph.node(id), "Add") || !is_type(graph, graph.node(id))) return false;
  const Node& add = graph.node(id);
  if (edge_count(graph, add) != 1 || makes_graph_output(graph, add) || !is_constant(graph, input(add, 1))) return false;
  const Shape* x = planned_shape(graph, input(add, 0));
  const Shape* bias = planned_shape(graph, input(add, 1));
  return x != nullptr && bias != nullptr && x->size() == 3 && bias->size() == 1 && (*x)[2] == (*bias)[0];
}

bool fuse_skip(PlanGraph& graph, NodeId id) {
  const Node& norm = graph.node(id);
  if (!is_op(norm, "LayerNormalization") || !is_type(graph, norm)) return false;
  if (output(norm, 1) != no_value || output(norm, 2) != no_value) return false;
  const NodeId residual = parent(graph, norm, 0);
  if (!is_residual_add(graph, residual)) return false;
  std::vector<ValueId> inputs{input(graph.node(residual), 0), input(graph.node(residual), 1), input(norm, 1),
                              input(norm, 2)};
  std::vector<NodeId> members;
  for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
    const NodeId bias = parent(graph, graph.node(residual), slot);
    if (!is_bias_add(graph, bias)) continue;
    inputs[slot] = input(graph.node(bias), 0);
    inputs.push_back(input(graph.node(bias), 1));
    members.push_back(bias);
    break;
  }
  members.insert(members.end(), {residual, id});
  Node skip = make_node("SkipLayerNormalization", "SkipLayerNormalization", ms_domain, std::move(inputs), {});
  set_attribute(skip, "epsilon", float_attribute(norm, "epsilon").value_or(1e-5F));
  fuse(graph, std::move(skip), members);
  return true;
}

}  // namespace

bool fuse_skip_layer_norm(PlanGraph& graph, const Context&) { return for_each(graph, fuse_skip); }

}  // namespace costscan::plan
