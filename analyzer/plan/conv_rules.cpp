// Level 1 rules around Conv: what can be folded into its weights and bias, and padding before windows.
#include <algorithm>

#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

const Shape* constant_shape(const PlanGraph& graph, ValueId value) {
  if (!is_constant(graph, value)) return nullptr;
  const auto& shape = graph.value(value).info.shape;
  return shape ? &*shape : nullptr;
}

/// The conv's weights where they and an optional bias are constants and its only reader is `next`.
const Shape* foldable_weights(const PlanGraph& graph, const Node& conv) {
  const Shape* weights = constant_shape(graph, input(conv, 1));
  if (weights == nullptr || weights->size() < 3) return nullptr;
  if (input(conv, 2) != no_value) {
    const Shape* bias = constant_shape(graph, input(conv, 2));
    if (bias == nullptr || bias->size() != 1 || (*bias)[0] != (*weights)[0]) return nullptr;
  }
  return weights;
}

/// One value per output channel: [C,1,1] or [1,C,1,1].
bool is_per_channel(const Shape& operand, const Shape& weights) {
  const std::size_t rank = weights.size();
  if (operand.size() != rank && operand.size() + 1 != rank) return false;
  const std::size_t axis = operand.size() == rank ? 1 : 0;
  for (std::size_t i = 0; i < operand.size(); ++i) {
    if (operand[i] != (i == axis ? weights[0] : 1)) return false;
  }
  return true;
}

ValueId new_bias(PlanGraph& graph, const std::string& name, ValueId weights) {
  const Shape shape{graph.value(weights).info.shape->front()};
  ValueType type = with_shape(type_of(graph, weights), shape, shape);
  type.info.constant = true;
  const ValueId bias = graph.add_value(name, std::move(type));
  graph.value(bias).initializer = true;
  return bias;
}

/// The conv takes the output of `next`, and a bias where it had none.
void absorb(PlanGraph& graph, NodeId conv, NodeId next, bool needs_bias) {
  const Node& node = graph.node(conv);
  if (needs_bias && input(node, 2) == no_value) {
    const ValueId bias = new_bias(graph, node.name + "_fused_bias", node.inputs[1]);
    graph.set_inputs(conv, {graph.node(conv).inputs[0], graph.node(conv).inputs[1], bias});
  }
  const ValueId out = output(graph.node(next), 0);
  graph.remove(next);
  graph.set_output(conv, 0, out);
}

}  // namespace

bool fuse_conv_add(PlanGraph& graph, NodeId id) {
  const Node& conv = graph.node(id);
  if (!is_op(conv, "Conv")) return false;
  const NodeId next = sole_consumer(graph, conv);
  if (next == no_node || !is_op(graph.node(next), "Add")) return false;
  const Shape* weights = foldable_weights(graph, conv);
  const Shape* operand = constant_shape(graph, other_input(graph.node(next), output(conv, 0)));
  if (weights == nullptr || operand == nullptr || !is_per_channel(*operand, *weights)) return false;
  absorb(graph, id, next, true);
  return true;
}

bool fuse_conv_mul(PlanGraph& graph, NodeId id) {
  const Node& conv = graph.node(id);
  if (!is_op(conv, "Conv")) return false;
  const NodeId next = sole_consumer(graph, conv);
  if (next == no_node || !is_op(graph.node(next), "Mul")) return false;
  const Shape* weights = foldable_weights(graph, conv);
  const Shape* operand = constant_shape(graph, other_input(graph.node(next), output(conv, 0)));
  if (weights == nullptr || operand == nullptr) return false;
  if (!operand->empty() && !is_per_channel(*operand, *weights)) return false;
  absorb(graph, id, next, false);
  return true;
}

bool fuse_conv_bn(PlanGraph& graph, NodeId id) {
  const Node& conv = graph.node(id);
  if (!is_op(conv, "Conv")) return false;
  const NodeId next = sole_consumer(graph, conv);
  if (next == no_node || !is_op(graph.node(next), "BatchNormalization")) return false;
  const Node& norm = graph.node(next);
  if (foldable_weights(graph, conv) == nullptr) return false;
  for (std::size_t slot = 1; slot < 5; ++slot) {
    if (!is_constant(graph, input(norm, slot))) return false;
  }
  const auto extra_used = [&](std::size_t slot) { return output(norm, slot) != no_value; };
  if (extra_used(1) || extra_used(2) || int_attribute(norm, "training_mode").value_or(0) != 0) return false;
  absorb(graph, id, next, true);
  return true;
}

// MatMul -> BatchNormalization (with Reshape or Transpose between) becomes a Gemm.
bool fuse_matmul_bn(PlanGraph& graph, NodeId id) {
  if (!is_op(graph.node(id), "MatMul")) return false;
  const ValueId weights = input(graph.node(id), 1);
  const Shape* shape = constant_shape(graph, weights);
  if (shape == nullptr || shape->size() != 2 || planned_shape(graph, input(graph.node(id), 0)) == nullptr ||
      planned_shape(graph, input(graph.node(id), 0))->size() != 2)
    return false;
  const NodeId next = sole_consumer(graph, graph.node(id));
  if (next == no_node || !is_op(graph.node(next), "BatchNormalization")) return false;
  for (std::size_t slot = 1; slot < 5; ++slot) {
    if (!is_constant(graph, input(graph.node(next), slot))) return false;
  }
  const Shape bias_shape{shape->back()};
  ValueType type = with_shape(type_of(graph, weights), bias_shape, bias_shape);
  const ValueId bias = graph.add_value(graph.node(id).name + "_fused_bias", std::move(type));
  graph.value(bias).initializer = true;
  Node gemm = make_node(graph.node(id).name, "Gemm", onnx_domain, {input(graph.node(id), 0), weights, bias}, {});
  fuse(graph, std::move(gemm), {id, next});
  return true;
}

bool fuse_pad(PlanGraph& graph, NodeId id) {
  const Node& pad = graph.node(id);
  if (!is_op(pad, "Pad")) return false;
  const auto* mode = string_attribute(pad, "mode");
  if (mode != nullptr && *mode != "constant") return false;
  std::optional<std::vector<std::int64_t>> pads;
  if (const auto* listed = ints_attribute(pad, "pads")) pads = *listed;
  if (!pads) pads = constant_ints(graph, input(pad, 1));
  if (!pads || pads->size() % 2 != 0 || pads->size() < 6) return false;
  if (input(pad, 2) != no_value && constant_scalar(graph, input(pad, 2)) != 0) return false;
  if (input(pad, 3) != no_value) return false;
  if (float_attribute(pad, "value").value_or(0) != 0) return false;
  const std::size_t rank = pads->size() / 2;
  if ((*pads)[0] != 0 || (*pads)[1] != 0 || (*pads)[rank] != 0 || (*pads)[rank + 1] != 0) return false;
  if (std::ranges::any_of(*pads, [](std::int64_t p) { return p < 0; })) return false;
  if (makes_graph_output(graph, pad)) return false;
  const std::vector<Use> uses = graph.value(output(pad, 0)).uses;
  if (uses.empty()) return false;
  for (const Use& use : uses) {
    const Node& window = graph.node(use.node);
    if (use.input != 0) return false;
    const bool average = is_op(window, "AveragePool") && int_attribute(window, "count_include_pad").value_or(0) == 1;
    if (!is_op(window, "Conv") && !average) return false;
    const auto* auto_pad = string_attribute(window, "auto_pad");
    if (auto_pad != nullptr && *auto_pad != "NOTSET") return false;
  }
  const ValueId in = input(pad, 0);
  for (const Use& use : uses) {
    Node& window = graph.node(use.node);
    const auto* given = ints_attribute(window, "pads");
    const std::size_t spatial = rank - 2;
    std::vector<std::int64_t> sum = given != nullptr ? *given : std::vector<std::int64_t>(2 * spatial, 0);
    if (sum.size() != 2 * spatial) return false;
    for (std::size_t i = 0; i < spatial; ++i) {
      sum[i] += (*pads)[2 + i];
      sum[spatial + i] += (*pads)[rank + 2 + i];
    }
    set_attribute(window, "pads", std::move(sum));
    graph.set_input(use.node, 0, in);
  }
  graph.remove(id);
  return true;
}

}  // namespace costscan::plan
