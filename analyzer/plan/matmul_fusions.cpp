// MatmulTransposeFusion and MatMulScaleFusion: FusedMatMul; GemmActivationFusion: FusedGemm.
#include <algorithm>

#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

bool is_matmul(const Node& node) { return is_op(node, "MatMul") || is_op(node, "FusedMatMul", ms_domain); }

bool swaps_last_two(const Node& transpose) {
  const auto* perm = ints_attribute(transpose, "perm");
  if (perm == nullptr || perm->size() < 2) return false;
  const auto rank = static_cast<std::int64_t>(perm->size());
  for (std::int64_t i = 0; i + 2 < rank; ++i) {
    if ((*perm)[static_cast<std::size_t>(i)] != i) return false;
  }
  return (*perm)[perm->size() - 2] == rank - 1 && (*perm)[perm->size() - 1] == rank - 2;
}

void remove_if_unread(PlanGraph& graph, NodeId id) {
  if (edge_count(graph, graph.node(id)) == 0 && !makes_graph_output(graph, graph.node(id))) graph.remove(id);
}

bool match_transpose(PlanGraph& graph, NodeId id) {
  const Node matmul = graph.node(id);
  if (!is_matmul(matmul) || dtype(graph, input(matmul, 0)) != DType::float32) return false;
  std::vector<NodeId> transposes(2, no_node);
  std::vector<ValueId> inputs{input(matmul, 0), input(matmul, 1)};
  for (std::size_t slot = 0; slot < 2; ++slot) {
    const NodeId transpose = parent_op(graph, matmul, slot, "Transpose");
    if (transpose == no_node || makes_graph_output(graph, graph.node(transpose))) continue;
    if (!swaps_last_two(graph.node(transpose))) continue;
    transposes[slot] = transpose;
    inputs[slot] = input(graph.node(transpose), 0);
  }
  if (transposes[0] == no_node && transposes[1] == no_node) return false;
  Node fused = make_node("MatMul_With_Transpose", "FusedMatMul", ms_domain, inputs, {});
  const auto flipped = [&](const std::string& name, bool flip) {
    const bool before = int_attribute(matmul, name).value_or(0) != 0;
    set_attribute(fused, name, static_cast<std::int64_t>(before != flip ? 1 : 0));
  };
  flipped("transA", transposes[0] != no_node);
  flipped("transB", transposes[1] != no_node);
  set_attribute(fused, "alpha", float_attribute(matmul, "alpha").value_or(1));
  fuse(graph, std::move(fused), {id});
  for (const NodeId transpose : transposes) {
    if (graph.alive(transpose)) remove_if_unread(graph, transpose);
  }
  return true;
}

struct Scale {
  NodeId node = no_node;
  std::size_t scalar = 0;  ///< position of the constant
  double value = 1;
};

std::optional<Scale> scale_of(const PlanGraph& graph, NodeId id) {
  if (id == no_node) return std::nullopt;
  const Node& node = graph.node(id);
  const bool divides = is_op(node, "Div");
  if (!divides && !is_op(node, "Mul")) return std::nullopt;
  for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
    if (divides && slot == 0) continue;
    const Shape* other = planned_shape(graph, input(node, 1 - slot));
    if (!is_scalar_constant(graph, input(node, slot))) continue;
    const std::size_t rank = graph.value(input(node, slot)).info.shape->size();
    if (rank > (other == nullptr ? 0 : other->size())) continue;
    const double value = constant_scalar(graph, input(node, slot)).value_or(1);
    return Scale{id, slot, divides && value != 0 ? 1 / value : value};
  }
  return std::nullopt;
}

bool match_scale(PlanGraph& graph, NodeId id) {
  const Node matmul = graph.node(id);
  if (!is_matmul(matmul)) return false;
  const DType type = dtype(graph, input(matmul, 0));
  if (type != DType::float32 && type != DType::float64) return false;
  double alpha = float_attribute(matmul, "alpha").value_or(1);
  std::vector<ValueId> inputs = matmul.inputs;
  std::vector<NodeId> before;
  for (std::size_t slot = 0; slot < 2; ++slot) {
    const auto scale = scale_of(graph, parent(graph, matmul, slot));
    if (!scale) continue;
    const ValueId unscaled = input(graph.node(scale->node), 1 - scale->scalar);
    const Shape* shape = planned_shape(graph, unscaled);
    if (shape == nullptr || shape->empty()) continue;
    inputs[slot] = unscaled;
    before.push_back(scale->node);
    alpha *= scale->value;
  }
  const auto after = scale_of(graph, sole_consumer(graph, matmul));
  if (before.empty() && !after) return false;
  if (after) alpha *= after->value;
  Node fused = make_node(matmul.name + "/MatMulScaleFusion/", "FusedMatMul", ms_domain, inputs, {});
  fused.attributes = matmul.attributes;
  set_attribute(fused, "alpha", static_cast<float>(alpha));
  fuse(graph, std::move(fused), after ? std::vector<NodeId>{id, after->node} : std::vector<NodeId>{id});
  for (const NodeId scale : before) {
    if (graph.alive(scale)) remove_if_unread(graph, scale);
  }
  return true;
}

bool match_gemm_activation(PlanGraph& graph, NodeId id) {
  const Node& gemm = graph.node(id);
  if (!is_op(gemm, "Gemm") || dtype(graph, input(gemm, 0)) != DType::float32) return false;
  const NodeId next = sole_consumer(graph, gemm);
  if (next == no_node) return false;
  const Node& activation = graph.node(next);
  if (!is_any(activation, {"Elu", "HardSigmoid", "LeakyRelu", "Relu", "Selu", "Sigmoid", "Softplus", "Softsign", "Tanh",
                           "ScaledTanh", "ThresholdedRelu"})) {
    return false;
  }
  Node fused = make_node("fused " + gemm.name, "FusedGemm", ms_domain, gemm.inputs, {});
  fused.attributes = gemm.attributes;
  set_attribute(fused, "activation", activation.op_type);
  for (const Attribute& parameter : activation.attributes) {
    set_attribute(fused, "activation_" + parameter.name, parameter.value);
  }
  fuse(graph, std::move(fused), {id, next});
  return true;
}

}  // namespace

bool fuse_matmul_transpose(PlanGraph& graph, const Context&) { return for_each(graph, match_transpose); }

bool fuse_matmul_scale(PlanGraph& graph, const Context&) { return for_each(graph, match_scale); }

bool fuse_gemm_activation(PlanGraph& graph, const Context&) { return for_each(graph, match_gemm_activation); }

}  // namespace costscan::plan
