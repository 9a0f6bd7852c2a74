// GeluFusion, BiasGeluFusion, FastGeluFusion and QuickGeluFusion.
#include <array>
#include <cmath>
#include <numbers>

#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

constexpr double tanh_scale = 0.7978845608;  // sqrt(2 / pi)
constexpr double cubic = 0.044715;

bool is_float(const PlanGraph& graph, ValueId value) {
  const DType type = dtype(graph, value);
  return type == DType::float32 || type == DType::float16 || type == DType::float64 || type == DType::bfloat16;
}

/// The input of a two-input node beside the scalar constant `expected`; no_value where there is none.
ValueId beside_scalar(const PlanGraph& graph, const Node& node, double expected) {
  for (const std::size_t slot : {std::size_t{1}, std::size_t{0}}) {
    if (has_scalar(graph, input(node, slot), expected)) return input(node, 1 - slot);
  }
  return no_value;
}

/// x of x / sqrt(2) or x * (1 / sqrt(2)).
ValueId erf_argument(const PlanGraph& graph, const Node& node) {
  if (is_op(node, "Div") && has_scalar(graph, input(node, 1), std::numbers::sqrt2)) return input(node, 0);
  if (is_op(node, "Mul")) return beside_scalar(graph, node, 1 / std::numbers::sqrt2);
  return no_value;
}

struct Halves {
  std::array<NodeId, 2> nodes{no_node, no_node};  ///< by position in the chain: the two multiplications
};

/// `factor` * x * 0.5 in one of its orders: after `node` (whose output is the factor), or with x * 0.5 beside it.
std::optional<Halves> times_half(const PlanGraph& graph, NodeId node, ValueId x) {
  const NodeId mul = sole_consumer(graph, graph.node(node));
  if (mul == no_node || !is_op(graph.node(mul), "Mul")) return std::nullopt;
  const ValueId beside = other_input(graph.node(mul), output(graph.node(node), 0));
  if (beside == x) {
    const NodeId half = sole_consumer(graph, graph.node(mul));
    if (half == no_node || !is_op(graph.node(half), "Mul")) return std::nullopt;
    if (beside_scalar(graph, graph.node(half), 0.5) != output(graph.node(mul), 0)) return std::nullopt;
    return Halves{{mul, half}};
  }
  const NodeId half = beside == no_value ? no_node : graph.value(beside).producer;
  if (half == no_node || !is_op(graph.node(half), "Mul")) return std::nullopt;
  if (sole_consumer(graph, graph.node(half)) != mul || beside_scalar(graph, graph.node(half), 0.5) != x) {
    return std::nullopt;
  }
  return Halves{{half, mul}};
}

bool match_gelu(PlanGraph& graph, NodeId id, bool onnx_gelu) {
  const Node& first = graph.node(id);
  const ValueId x = erf_argument(graph, first);
  if (x == no_value || !is_float(graph, x)) return false;
  const NodeId erf = sole_consumer(graph, first);
  if (erf == no_node || !is_op(graph.node(erf), "Erf")) return false;
  const NodeId add = sole_consumer(graph, graph.node(erf));
  if (add == no_node || !is_op(graph.node(add), "Add")) return false;
  if (beside_scalar(graph, graph.node(add), 1) != output(graph.node(erf), 0)) return false;
  const auto halves = times_half(graph, add, x);
  if (!halves) return false;
  fuse(graph, make_node("Gelu", "Gelu", onnx_gelu ? onnx_domain : ms_domain, {x}, {}),
       {id, erf, add, halves->nodes[0], halves->nodes[1]});
  return true;
}

/// The nodes from x to the argument of tanh; empty where they compute something else.
std::vector<NodeId> tanh_argument(const PlanGraph& graph, NodeId scale, ValueId& x) {
  // 0.797885 * (x + 0.044715 * x^3)
  const Node& mul = graph.node(scale);
  const ValueId inner = beside_scalar(graph, mul, tanh_scale);
  if (inner != no_value) {
    const NodeId add = graph.value(inner).producer;
    if (add == no_node || !is_op(graph.node(add), "Add") || sole_consumer(graph, graph.node(add)) != scale) return {};
    for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
      const NodeId cubed = parent_op(graph, graph.node(add), slot, "Mul");
      if (cubed == no_node || sole_consumer(graph, graph.node(cubed)) != add) continue;
      const ValueId power = beside_scalar(graph, graph.node(cubed), cubic);
      const NodeId pow = power == no_value ? no_node : graph.value(power).producer;
      if (pow == no_node || !is_op(graph.node(pow), "Pow") || !has_scalar(graph, input(graph.node(pow), 1), 3))
        continue;
      x = input(graph.node(add), 1 - slot);
      if (input(graph.node(pow), 0) != x || sole_consumer(graph, graph.node(pow)) != cubed) continue;
      return {pow, cubed, add, scale};
    }
    return {};
  }
  // (x * 0.797885) * (1 + x * 0.044715 * x)
  for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
    const NodeId left = parent_op(graph, mul, slot, "Mul");
    const NodeId add = parent_op(graph, mul, 1 - slot, "Add");
    if (left == no_node || add == no_node) continue;
    x = beside_scalar(graph, graph.node(left), tanh_scale);
    const ValueId square = beside_scalar(graph, graph.node(add), 1);
    const NodeId outer = x == no_value || square == no_value ? no_node : graph.value(square).producer;
    if (outer == no_node || !is_op(graph.node(outer), "Mul")) continue;
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      const NodeId first = parent_op(graph, graph.node(outer), side, "Mul");
      if (first == no_node || input(graph.node(outer), 1 - side) != x) continue;
      if (beside_scalar(graph, graph.node(first), cubic) != x) continue;
      return {first, outer, add, left, scale};
    }
  }
  return {};
}

bool match_fast_gelu(PlanGraph& graph, NodeId id) {
  if (!is_op(graph.node(id), "Tanh")) return false;
  const NodeId scale = parent_op(graph, graph.node(id), 0, "Mul");
  if (scale == no_node || sole_consumer(graph, graph.node(scale)) != id) return false;
  ValueId x = no_value;
  std::vector<NodeId> members = tanh_argument(graph, scale, x);
  if (members.empty() || !is_float(graph, x)) return false;
  const NodeId add = sole_consumer(graph, graph.node(id));
  if (add == no_node || !is_op(graph.node(add), "Add")) return false;
  if (beside_scalar(graph, graph.node(add), 1) != output(graph.node(id), 0)) return false;
  const auto halves = times_half(graph, add, x);
  if (!halves) return false;
  members.insert(members.end(), {id, add, halves->nodes[0], halves->nodes[1]});
  fuse(graph, make_node("FastGelu", "FastGelu", ms_domain, {x}, {}), members);
  return true;
}

bool match_quick_gelu(PlanGraph& graph, NodeId id) {
  const Node& start = graph.node(id);
  std::vector<NodeId> members;
  ValueId x = no_value;
  float alpha = 1.0F;
  NodeId sigmoid = id;
  if (is_op(start, "Mul")) {
    for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
      if (x != no_value || !is_scalar_constant(graph, input(start, slot)) || !is_float(graph, input(start, slot)))
        continue;
      alpha = static_cast<float>(constant_scalar(graph, input(start, slot)).value_or(1));
      x = input(start, 1 - slot);
    }
    if (x == no_value) return false;
    members.push_back(id);
    sigmoid = sole_consumer(graph, start);
  }
  if (sigmoid == no_node || !is_op(graph.node(sigmoid), "Sigmoid")) return false;
  if (x == no_value) x = input(graph.node(sigmoid), 0);
  const NodeId mul = sole_consumer(graph, graph.node(sigmoid));
  if (mul == no_node || !is_op(graph.node(mul), "Mul")) return false;
  if (other_input(graph.node(mul), output(graph.node(sigmoid), 0)) != x) return false;
  members.insert(members.end(), {sigmoid, mul});
  Node gelu = make_node("QuickGelu", "QuickGelu", ms_domain, {x}, {});
  set_attribute(gelu, "alpha", alpha);
  fuse(graph, std::move(gelu), members);
  return true;
}

bool match_bias_gelu(PlanGraph& graph, NodeId id) {
  const Node& add = graph.node(id);
  if (!is_op(add, "Add") || !is_float(graph, input(add, 0))) return false;
  const Shape* left = planned_shape(graph, input(add, 0));
  const Shape* right = planned_shape(graph, input(add, 1));
  if (left == nullptr || right == nullptr || left->empty() || right->empty()) return false;
  if (left->back() != right->back() || left->back() == free_dim) return false;
  const bool bias_second = right->size() == 1;
  if (!bias_second && left->size() != 1) return false;
  const NodeId gelu = sole_consumer(graph, add);
  if (gelu == no_node) return false;
  const Node& next = graph.node(gelu);
  const bool exact = next.op_type == "Gelu" && (next.domain == ms_domain || next.domain.empty());
  if (exact && next.domain.empty()) {
    const auto* approximate = string_attribute(next, "approximate");
    if (approximate != nullptr && *approximate != "none") return false;
  }
  const bool fast = is_op(next, "FastGelu", ms_domain) && next.inputs.size() == 1;
  if (!exact && !fast) return false;
  const ValueId x = input(add, bias_second ? 0 : 1);
  const ValueId bias = input(add, bias_second ? 1 : 0);
  fuse(graph, make_node("BiasGelu", exact ? "BiasGelu" : "FastGelu", ms_domain, {x, bias}, {}), {id, gelu});
  return true;
}

}  // namespace

bool fuse_gelu(PlanGraph& graph, const Context& context) {
  // ONNX has Gelu since version 20; before, the fused operator is the runtime's own and waits for level 2.
  const bool onnx_gelu = opset(graph) >= 20;
  if (context.level == 1 && !onnx_gelu) return false;
  return for_each(graph, [&](PlanGraph& changed, NodeId id) { return match_gelu(changed, id, onnx_gelu); });
}

bool fuse_bias_gelu(PlanGraph& graph, const Context&) { return for_each(graph, match_bias_gelu); }

bool fuse_fast_gelu(PlanGraph& graph, const Context&) { return for_each(graph, match_fast_gelu); }

bool fuse_quick_gelu(PlanGraph& graph, const Context&) { return for_each(graph, match_quick_gelu); }

}  // namespace costscan::plan
