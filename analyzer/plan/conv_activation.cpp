// ConvActivationFusion (level 2) and ConvAddActivationFusion (level 3, what stays outside the blocked layout).
#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

bool is_float_conv(const PlanGraph& graph, const Node& node) {
  return is_op(node, "Conv") && dtype(graph, input(node, 0)) == DType::float32;
}

/// The activation's parameters as FusedConv takes them; nullopt where it cannot be fused.
std::optional<std::vector<float>> activation_parameters(const PlanGraph& graph, const Node& node) {
  if (is_any(node, {"Relu", "Sigmoid", "Tanh"})) return std::vector<float>{};
  if (is_op(node, "LeakyRelu")) return std::vector<float>{float_attribute(node, "alpha").value_or(0.01F)};
  if (is_op(node, "HardSigmoid")) {
    return std::vector<float>{float_attribute(node, "alpha").value_or(0.2F),
                              float_attribute(node, "beta").value_or(0.5F)};
  }
  if (!is_op(node, "Clip")) return std::nullopt;
  std::vector<float> bounds;
  for (const std::size_t slot : {std::size_t{1}, std::size_t{2}}) {
    const float none = slot == 1 ? -3.402823466e38F : 3.402823466e38F;
    if (input(node, slot) == no_value) {
      bounds.push_back(float_attribute(node, slot == 1 ? "min" : "max").value_or(none));
      continue;
    }
    if (!is_constant(graph, input(node, slot))) return std::nullopt;
    bounds.push_back(static_cast<float>(constant_scalar(graph, input(node, slot)).value_or(none)));
  }
  return bounds;
}

Node fused_conv(const Node& conv, const Node& activation, std::vector<float> parameters) {
  Node fused = make_node("fused " + conv.name, "FusedConv", ms_domain, conv.inputs, {});
  fused.attributes = conv.attributes;
  set_attribute(fused, "activation", activation.op_type);
  if (!parameters.empty()) set_attribute(fused, "activation_params", std::move(parameters));
  return fused;
}

bool match_activation(PlanGraph& graph, NodeId id) {
  const Node& conv = graph.node(id);
  if (!is_float_conv(graph, conv)) return false;
  const NodeId next = sole_consumer(graph, conv);
  if (next == no_node) return false;
  auto parameters = activation_parameters(graph, graph.node(next));
  if (!parameters) return false;
  fuse(graph, fused_conv(conv, graph.node(next), *std::move(parameters)), {id, next});
  return true;
}

/// Conv -> Add of the same shape (-> activation): the sum is the convolution's fourth input.
bool match_add(PlanGraph& graph, NodeId id) {
  const Node& add = graph.node(id);
  if (!is_op(add, "Add")) return false;
  for (const std::size_t slot : {std::size_t{1}, std::size_t{0}}) {
    const NodeId conv = parent(graph, add, slot);
    if (conv == no_node || !is_float_conv(graph, graph.node(conv)) || graph.node(conv).inputs.size() > 3) continue;
    if (sole_consumer(graph, graph.node(conv)) != id) continue;
    const ValueId other = input(add, 1 - slot);
    const Shape* a = planned_shape(graph, input(add, slot));
    const Shape* b = planned_shape(graph, other);
    if (a == nullptr || b == nullptr || *a != *b || !all_known(*a) || is_constant(graph, other)) continue;
    Node fused = make_node("fused " + graph.node(conv).name, "FusedConv", ms_domain, graph.node(conv).inputs, {});
    fused.attributes = graph.node(conv).attributes;
    fused.inputs.resize(3, no_value);
    fused.inputs.push_back(other);
    const NodeId next = sole_consumer(graph, add);
    std::vector<NodeId> members{conv, id};
    if (next != no_node) {
      if (auto parameters = activation_parameters(graph, graph.node(next))) {
        set_attribute(fused, "activation", graph.node(next).op_type);
        if (!parameters->empty()) set_attribute(fused, "activation_params", *std::move(parameters));
        members.push_back(next);
      }
    }
    fuse(graph, std::move(fused), members);
    return true;
  }
  return false;
}

}  // namespace

bool fuse_conv_activation(PlanGraph& graph, const Context&) { return for_each(graph, match_activation); }

bool fuse_conv_add_activation(PlanGraph& graph, const Context&) { return for_each(graph, match_add); }

}  // namespace costscan::plan
