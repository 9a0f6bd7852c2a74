#include "plan/transpose_rules.hpp"

#include <algorithm>

namespace costscan::plan {
namespace {

constexpr std::string_view elementwise[] = {"Cast",    "Exp",         "Identity",  "LeakyRelu", "Relu",
                                            "Clip",    "Sigmoid",     "Tanh",      "Sqrt",      "Erf",
                                            "Abs",     "Neg",         "Not",       "IsNaN",     "IsInf",
                                            "Dropout", "Reciprocal",  "Log",       "Floor",     "Ceil",
                                            "Round",   "HardSigmoid", "HardSwish", "Elu",       "Selu",
                                            "Celu",    "Softplus",    "Softsign",  "Sign",      "ThresholdedRelu",
                                            "Sin",     "Cos",         "Tan",       "Asin",      "Acos",
                                            "Atan",    "Sinh",        "Cosh",      "Shrink",    "CastLike"};

constexpr std::string_view broadcasting[] = {"Add",
                                             "Sub",
                                             "Mul",
                                             "Div",
                                             "Pow",
                                             "And",
                                             "Or",
                                             "Xor",
                                             "Where",
                                             "Max",
                                             "Min",
                                             "Sum",
                                             "Mean",
                                             "Equal",
                                             "Greater",
                                             "Less",
                                             "GreaterOrEqual",
                                             "LessOrEqual",
                                             "PRelu",
                                             "BitShift",
                                             "Mod"};

constexpr std::string_view reducing[] = {"ReduceMean",   "ReduceSum",      "ReduceMax", "ReduceMin",
                                         "ReduceProd",   "ReduceL1",       "ReduceL2",  "ReduceSumSquare",
                                         "ReduceLogSum", "ReduceLogSumExp"};

std::optional<std::size_t> position(std::int64_t axis, std::size_t rank) {
  if (axis < 0) axis += static_cast<std::int64_t>(rank);
  if (axis < 0 || axis >= static_cast<std::int64_t>(rank)) return std::nullopt;
  return static_cast<std::size_t>(axis);
}

bool move_axis(Node& node, const Perm& perm, std::int64_t fallback) {
  const auto at = position(int_attribute(node, "axis").value_or(fallback), perm.size());
  if (!at) return false;
  set_attribute(node, "axis", perm[*at]);
  return true;
}

/// Axes as attribute, or as the constant input `slot`.
std::optional<std::vector<std::int64_t>> axes_of(const PlanGraph& graph, const Node& node, std::size_t slot,
                                                 std::size_t rank) {
  std::optional<std::vector<std::int64_t>> axes;
  if (const auto* listed = ints_attribute(node, "axes")) axes = *listed;
  if (!axes) axes = constant_ints(graph, input(node, slot));
  if (!axes) return std::nullopt;
  for (std::int64_t& axis : *axes) {
    const auto at = position(axis, rank);
    if (!at) return std::nullopt;
    axis = static_cast<std::int64_t>(*at);
  }
  return axes;
}

void set_axes(PlanGraph& graph, NodeId id, std::size_t slot, const std::vector<std::int64_t>& axes) {
  if (ints_attribute(graph.node(id), "axes") != nullptr) {
    set_attribute(graph.node(id), "axes", axes);
  } else {
    graph.set_input(id, slot, graph.add_ints("const_transpose_optimizer", axes));
  }
}

std::vector<std::int64_t> moved_axes(const std::vector<std::int64_t>& axes, const Perm& perm) {
  std::vector<std::int64_t> out;
  for (const std::int64_t axis : axes) out.push_back(perm[static_cast<std::size_t>(axis)]);
  std::ranges::sort(out);
  return out;
}

/// The permutation of what is left when `removed` (extents before the transpose) go.
Perm without(const Perm& perm, const std::vector<std::int64_t>& removed) {
  Perm out;
  for (const std::int64_t axis : perm) {
    if (std::ranges::find(removed, axis) != removed.end()) continue;
    out.push_back(axis - std::ranges::count_if(removed, [&](std::int64_t gone) { return gone < axis; }));
  }
  return out;
}

/// The permutation when extents of 1 come in at `added`, before and after the transpose.
Perm with(const Perm& perm, const std::vector<std::int64_t>& added) {
  const std::size_t rank = perm.size() + added.size();
  std::vector<std::int64_t> places;
  for (std::size_t i = 0; i < rank; ++i) {
    if (std::ranges::find(added, static_cast<std::int64_t>(i)) == added.end())
      places.push_back(static_cast<std::int64_t>(i));
  }
  Perm out(rank);
  std::size_t next = 0;
  for (std::size_t i = 0; i < rank; ++i) {
    const bool inserted = std::ranges::find(added, static_cast<std::int64_t>(i)) != added.end();
    out[i] = inserted ? static_cast<std::int64_t>(i) : places[static_cast<std::size_t>(perm[next++])];
  }
  return out;
}

std::optional<Perm> reduce(PlanGraph& graph, NodeId id, const Perm& perm) {
  const auto axes = axes_of(graph, graph.node(id), 1, perm.size());
  if (!axes) return std::nullopt;
  const std::vector<std::int64_t> moved = moved_axes(*axes, perm);
  set_axes(graph, id, 1, moved);
  return int_attribute(graph.node(id), "keepdims").value_or(1) != 0 ? perm : without(perm, moved);
}

std::optional<Perm> squeeze(PlanGraph& graph, NodeId id, const Perm& perm) {
  const auto axes = axes_of(graph, graph.node(id), 1, perm.size());
  if (!axes) return std::nullopt;
  const std::vector<std::int64_t> moved = moved_axes(*axes, perm);
  set_axes(graph, id, 1, moved);
  return without(perm, moved);
}

std::optional<Perm> unsqueeze(PlanGraph& graph, NodeId id, const Perm& perm) {
  const Node& node = graph.node(id);
  const auto count = [&]() -> std::optional<std::size_t> {
    if (const auto* listed = ints_attribute(node, "axes")) return listed->size();
    const auto ints = constant_ints(graph, input(node, 1));
    return ints ? std::optional(ints->size()) : std::nullopt;
  }();
  if (!count) return std::nullopt;
  const auto axes = axes_of(graph, node, 1, perm.size() + *count);
  return axes ? std::optional(with(perm, *axes)) : std::nullopt;
}

std::optional<Perm> slice(PlanGraph& graph, NodeId id, const Perm& perm) {
  const auto axes = axes_of(graph, graph.node(id), 3, perm.size());
  if (!axes) return std::nullopt;
  std::vector<std::int64_t> moved;
  for (const std::int64_t axis : *axes) moved.push_back(perm[static_cast<std::size_t>(axis)]);
  set_axes(graph, id, 3, moved);
  return perm;
}

std::size_t rank_of(const PlanGraph& graph, ValueId value) {
  const Shape* shape = planned_shape(graph, value);
  return shape == nullptr ? 0 : shape->size();
}

/// Every operand that is not a single element has to have the full rank, or be a constant that can be reshaped.
bool broadcasts_from_full_rank(const PlanGraph& graph, const Node& node, std::size_t rank) {
  return std::ranges::all_of(
      node.inputs, [&](ValueId in) { return in == no_value || is_constant(graph, in) || rank_of(graph, in) == rank; });
}

constexpr std::size_t operand_size = 3;  // tensor, scale and zero point

std::vector<std::size_t> quantised_inputs(const Node& node) {
  if (node.op_type == "QLinearAdd" || node.op_type == "QLinearMul") return {0, operand_size};
  if (node.op_type == "QLinearConcat") {
    std::vector<std::size_t> slots;
    for (std::size_t slot = 2; slot < node.inputs.size(); slot += operand_size) slots.push_back(slot);
    return slots;
  }
  const bool first = node.op_type == "QLinearLeakyRelu" || node.op_type == "QLinearSigmoid" ||
                     node.op_type == "QLinearAveragePool" || node.op_type == "QLinearGlobalAveragePool" ||
                     node.op_type == "QuantizeLinear" || node.op_type == "DequantizeLinear";
  return first ? std::vector<std::size_t>{0} : std::vector<std::size_t>{};
}

/// Pools say by an attribute which layout they read.
bool turn_pool(Node& node, const Perm& perm) {
  const bool last = int_attribute(node, "channels_last").value_or(0) != 0;
  if (perm != (last ? channels_last_perm() : inverse(channels_last_perm()))) return false;
  set_attribute(node, "channels_last", static_cast<std::int64_t>(last ? 0 : 1));
  return true;
}

std::optional<Perm> push_through_quantised(PlanGraph& graph, NodeId id, const Perm& perm) {
  Node& node = graph.node(id);
  if (node.op_type.ends_with("Pool")) return turn_pool(node, perm) ? std::optional(perm) : std::nullopt;
  if (node.op_type == "QLinearConcat") return move_axis(node, perm, 0) ? std::optional(perm) : std::nullopt;
  for (const std::size_t slot : quantised_inputs(node)) {
    const ValueId in = node.inputs[slot];
    if (!is_constant(graph, in) && rank_of(graph, in) != perm.size()) return std::nullopt;
  }
  return perm;
}

}  // namespace

Perm inverse(const Perm& perm) {
  Perm out(perm.size());
  for (std::size_t i = 0; i < perm.size(); ++i) out[static_cast<std::size_t>(perm[i])] = static_cast<std::int64_t>(i);
  return out;
}

std::vector<std::size_t> transposable_inputs(const PlanGraph& graph, const Node& node) {
  if (node.inputs.empty()) return {};
  if (node.domain == ms_domain) return quantised_inputs(node);
  if (!node.domain.empty()) return {};
  if (is_quantised_pool(graph, node)) return {0};
  std::vector<std::size_t> all(node.inputs.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  if (is_any(node, broadcasting)) {
    std::erase_if(all, [&](std::size_t slot) {
      const auto& shape = graph.value(node.inputs[slot]).info.shape;
      return shape && shape->empty();
    });
    return all;
  }
  if (node.op_type == "Concat") return all;
  const bool first = is_any(node, elementwise) || is_any(node, reducing) ||
                     is_any(node, {"Transpose", "Shape", "Split", "Squeeze", "Unsqueeze", "Slice", "Softmax",
                                   "LogSoftmax", "Hardmax", "QuantizeLinear", "DequantizeLinear"});
  return first ? std::vector<std::size_t>{0} : std::vector<std::size_t>{};
}

Perm channels_last_perm() { return {0, 2, 3, 1}; }

bool is_quantised_pool(const PlanGraph& graph, const Node& node) noexcept {
  const DType type = dtype(graph, input(node, 0));
  return is_op(node, "MaxPool") && node.outputs.size() == 1 && (type == DType::uint8 || type == DType::int8);
}

bool has_transpose_rule(const PlanGraph& graph, const Node& node) {
  return !transposable_inputs(graph, node).empty() ||
         is_any(node, {"Reshape", "Pad", "Tile", "ArgMin", "ArgMax", "MaxPool"});
}

std::optional<Perm> push_through(PlanGraph& graph, NodeId id, const Perm& perm) {
  Node& node = graph.node(id);
  if (node.domain == ms_domain) return push_through_quantised(graph, id, perm);
  if (is_quantised_pool(graph, node)) {
    if (perm != inverse(channels_last_perm())) return std::nullopt;
    node.op_type = "NhwcMaxPool";
    node.domain = std::string(ms_domain);
    std::erase_if(node.attributes, [](const Attribute& attribute) { return attribute.name == "storage_order"; });
    return perm;
  }
  if (is_any(node, elementwise)) return perm;
  if (is_any(node, broadcasting)) {
    return broadcasts_from_full_rank(graph, node, perm.size()) ? std::optional(perm) : std::nullopt;
  }
  if (is_any(node, reducing)) return reduce(graph, id, perm);
  if (node.op_type == "Squeeze") return squeeze(graph, id, perm);
  if (node.op_type == "Unsqueeze") return unsqueeze(graph, id, perm);
  if (node.op_type == "Slice") return slice(graph, id, perm);
  if (is_any(node, {"Split", "Concat"})) return move_axis(node, perm, 0) ? std::optional(perm) : std::nullopt;
  constexpr std::int64_t axis_of_softmax_since = 13;  // before, Softmax flattens what follows its axis
  if (is_any(node, {"Softmax", "LogSoftmax", "Hardmax"})) {
    return opset(graph) >= axis_of_softmax_since && move_axis(node, perm, -1) ? std::optional(perm) : std::nullopt;
  }
  if (is_any(node, {"QuantizeLinear", "DequantizeLinear"})) {
    if (is_scalar_constant(graph, input(node, 1))) return perm;
    return move_axis(node, perm, 1) ? std::optional(perm) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace costscan::plan
