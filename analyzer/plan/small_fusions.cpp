// Level 1 rules that join two neighbours outside of convolutions.
#include <algorithm>

#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

bool swaps_two(const Node& node) {
  const auto* perm = ints_attribute(node, "perm");
  return perm == nullptr || (perm->size() == 2 && (*perm)[0] == 1);
}

bool is_matrix(const PlanGraph& graph, ValueId value) {
  const Shape* shape = planned_shape(graph, value);
  return shape != nullptr && shape->size() == 2;
}

void flip(Node& node, const std::string& attribute) {
  const std::int64_t flipped = int_attribute(node, attribute).value_or(0) != 0 ? 0 : 1;
  set_attribute(node, attribute, flipped);
}

}  // namespace

// 1 / a * b = b / a
bool fuse_div_mul(PlanGraph& graph, NodeId id) {
  const Node& div = graph.node(id);
  if (!is_op(div, "Div") || !is_constant(graph, input(div, 0)) || constant_scalar(graph, input(div, 0)) != 1) {
    return false;
  }
  const NodeId next = sole_consumer(graph, div);
  if (next == no_node || !is_op(graph.node(next), "Mul")) return false;
  const ValueId numerator = other_input(graph.node(next), output(div, 0));
  const ValueId out = output(graph.node(next), 0);
  const ValueId denominator = input(div, 1);
  graph.remove(next);
  graph.set_inputs(id, {numerator, denominator});
  graph.set_output(id, 0, out);
  return true;
}

bool fuse_relu_clip(PlanGraph& graph, NodeId id) {
  const Node& relu = graph.node(id);
  if (!is_op(relu, "Relu")) return false;
  const NodeId clip = sole_consumer(graph, relu);
  if (clip == no_node || !is_op(graph.node(clip), "Clip")) return false;
  const ValueId low = input(graph.node(clip), 1);
  if (low != no_value && !constant_scalar(graph, low)) return false;
  return bypass(graph, id);
}

bool fuse_gemm_sum(PlanGraph& graph, NodeId id) {
  const Node& gemm = graph.node(id);
  if (!is_op(gemm, "Gemm") || input(gemm, 2) != no_value) return false;
  const NodeId sum = sole_consumer(graph, gemm);
  if (sum == no_node || !is_op(graph.node(sum), "Sum") || graph.node(sum).inputs.size() != 2) return false;
  const ValueId bias = other_input(graph.node(sum), output(gemm, 0));
  const ValueId out = output(graph.node(sum), 0);
  graph.remove(sum);
  graph.set_inputs(id, {input(graph.node(id), 0), input(graph.node(id), 1), bias});
  graph.set_output(id, 0, out);
  set_attribute(graph.node(id), "beta", 1.0F);
  return true;
}

bool fuse_gemm_transpose(PlanGraph& graph, NodeId id) {
  if (!is_op(graph.node(id), "Gemm")) return false;
  bool changed = false;
  for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
    const NodeId transpose = parent_op(graph, graph.node(id), slot, "Transpose");
    if (transpose == no_node || !swaps_two(graph.node(transpose))) continue;
    if (!is_matrix(graph, input(graph.node(id), slot))) continue;
    graph.set_input(id, slot, input(graph.node(transpose), 0));
    flip(graph.node(id), slot == 0 ? "transA" : "transB");
    if (edge_count(graph, graph.node(transpose)) == 0 && !makes_graph_output(graph, graph.node(transpose))) {
      graph.remove(transpose);
    }
    changed = true;
  }
  return changed;
}

bool fuse_not_where(PlanGraph& graph, NodeId id) {
  if (!is_op(graph.node(id), "Where")) return false;
  const NodeId negation = parent_op(graph, graph.node(id), 0, "Not");
  if (negation == no_node || makes_graph_output(graph, graph.node(negation))) return false;
  const auto& uses = graph.value(output(graph.node(negation), 0)).uses;
  // The rule rewrites all readers or none.
  if (!std::ranges::all_of(uses,
                           [&](const Use& use) { return use.input == 0 && is_op(graph.node(use.node), "Where"); })) {
    return false;
  }
  const ValueId condition = input(graph.node(negation), 0);
  const std::vector<Use> readers = uses;
  for (const Use& use : readers) {
    const Node& where = graph.node(use.node);
    graph.set_inputs(use.node, {condition, where.inputs[2], where.inputs[1]});
  }
  graph.remove(negation);
  return true;
}

}  // namespace costscan::plan
