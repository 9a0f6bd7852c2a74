#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "fingerprint/gather.hpp"

namespace costscan {
namespace {

constexpr std::int64_t shortest_mask = 4;

constexpr auto causal_ops = std::to_array<std::string_view>({"CausalConvWithState", "DecoderMaskedMultiHeadAttention",
                                                             "DecoderMaskedSelfAttention", "GroupQueryAttention",
                                                             "SparseAttention", "VarlenCausalConvWithState"});

/// 0, 1, 2, ... however it is spread over axes.
bool is_ramp(const KnownValue& value) {
  if (static_cast<std::int64_t>(value.ints.size()) < shortest_mask) return false;
  for (std::size_t i = 0; i < value.ints.size(); ++i) {
    if (value.ints[i] != value.ints[0] + static_cast<std::int64_t>(i)) return false;
  }
  return true;
}

/// Whether a value counts positions: a Range or a known ramp behind views, casts and offsets.
bool counts_positions(const GraphView& view, ValueId value) {
  constexpr int farthest = 12;
  for (int step = 0; step < farthest && value != no_value; ++step) {
    const TensorInfo& info = view.info(value);
    if (info.value && is_ramp(*info.value)) return true;
    const Node* node = view.producer_node(value);
    if (node == nullptr || node->inputs.empty()) return false;
    if (node->op_type == "Range" || node->op_type == "CumSum") return true;
    const bool shifted = node->op_type == "Add" || node->op_type == "Sub";
    if (!shifted && !carries_elements(*node, 0)) return false;
    const ValueId first = node->inputs[0];
    const bool offset = shifted && view.is_constant(first) && node->inputs.size() > 1;
    value = offset ? node->inputs[1] : first;
  }
  return false;
}

/// "position of the key <= position of the query": both sides count positions, along different axes.
bool compares_positions(const GraphView& view, const Node& node) {
  static constexpr auto comparisons =
      std::to_array<std::string_view>({"Greater", "GreaterOrEqual", "Less", "LessOrEqual"});
  if (!is_any_op(node, comparisons) || node.inputs.size() != 2 || node.outputs.empty()) return false;
  const Shape* out = view.shape(node.outputs[0]);
  if (out == nullptr || out->size() < 2) return false;
  return counts_positions(view, node.inputs[0]) && counts_positions(view, node.inputs[1]);
}

/// Ones (zeros, minus infinities) above the diagonal of the last two axes and something else on and below it.
template <class T>
bool is_triangular(const std::vector<T>& elements, std::size_t n) {
  if (elements.size() < n * n || n < 2) return false;
  const T above = elements[1];
  const T below = elements[n];
  if (above == below) return false;
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t column = 0; column < n; ++column) {
      if (elements[row * n + column] != (column > row ? above : below)) return false;
    }
  }
  return true;
}

/// A constant square of true and false, or of two numbers, that only later tokens are kept out by. Large ones count by
/// type and shape alone: no weights are read.
bool is_mask_constant(const GraphView& view, ValueId value) {
  const Shape* dims = view.shape(value);
  if (dims == nullptr || !view.is_constant(value) || dims->size() < 2) return false;
  const std::int64_t n = dims->back();
  if (n < shortest_mask || (*dims)[dims->size() - 2] != n) return false;
  for (std::size_t axis = 0; axis + 2 < dims->size(); ++axis) {
    if ((*dims)[axis] != 1) return false;
  }
  const DType dtype = view.dtype(value);
  if (const auto elements = view.ints(value)) return is_triangular(*elements, static_cast<std::size_t>(n));
  if (dtype == DType::boolean || dtype == DType::uint8) return dims->size() >= 3;
  constexpr std::int64_t widest = 256;  // of what is read of a constant
  if (!is_floating(dtype) || n > widest) return false;
  const auto elements = view.floats(value);
  return elements && is_triangular(*elements, static_cast<std::size_t>(n));
}

bool applies_mask(const GraphView& view, const Node& node) {
  static constexpr auto appliers =
      std::to_array<std::string_view>({"Add", "And", "Cast", "Mul", "Not", "Slice", "Where"});
  if (!is_any_op(node, appliers)) return false;
  return std::ranges::any_of(node.inputs,
                             [&](ValueId input) { return input != no_value && is_mask_constant(view, input); });
}

/// Whether a mask that a node reads in a slot is still one in what it gives: truth values, and numbers that are added,
/// multiplied or chosen. An index is none: by it something else is looked up (a relative position's bucket).
bool stays_mask(const Node& node, std::int32_t slot) {
  static constexpr auto of_any_operand = std::to_array<std::string_view>({"Add",
                                                                          "And",
                                                                          "BitwiseAnd",
                                                                          "BitwiseNot",
                                                                          "BitwiseOr",
                                                                          "CastLike",
                                                                          "Concat",
                                                                          "Div",
                                                                          "Equal",
                                                                          "Greater",
                                                                          "GreaterOrEqual",
                                                                          "Less",
                                                                          "LessOrEqual",
                                                                          "Log",
                                                                          "Max",
                                                                          "Min",
                                                                          "Mul",
                                                                          "Neg",
                                                                          "Not",
                                                                          "Or",
                                                                          "Pow",
                                                                          "QLinearAdd",
                                                                          "QLinearMul",
                                                                          "Sub",
                                                                          "Sum",
                                                                          "Where",
                                                                          "Xor"});
  static constexpr auto of_the_first = std::to_array<std::string_view>(
      {"Gather", "GatherElements", "GatherND", "IsInf", "IsNaN", "ScatterElements", "ScatterND", "Trilu"});
  const auto is_among = [&](std::span<const std::string_view> ops) {
    return std::ranges::find(ops, node.op_type) != ops.end();
  };
  if (carries_elements(node, slot) || is_among(of_any_operand)) return true;
  if (slot == 2 && (node.op_type == "ScatterND" || node.op_type == "ScatterElements")) return true;  // written in
  return slot == 0 && is_among(of_the_first);
}

/// What weighs scores: Softmax, its first step where it is written out, and fused attention. What a function or a body
/// does with a mask is not followed: it is taken for one.
bool weighs_scores(const Node& node) {
  const bool known = node.domain.empty() || node.domain.starts_with("com.microsoft");
  return !known || node.op_type == "Exp" || node.op_type.find("Softmax") != std::string::npos ||
         node.op_type.find("Attention") != std::string::npos;
}

/// Whether what a node makes comes, as a mask, before a Softmax.
bool hides_scores(const GraphView& view, const Node& node) {
  constexpr std::size_t most = 2000;
  std::vector<ValueId> todo;
  std::set<ValueId> seen;
  const auto follow = [&](const Node& maker) {
    for (const ValueId value : maker.outputs) {
      if (value != no_value && seen.insert(value).second) todo.push_back(value);
    }
  };
  follow(node);
  while (!todo.empty() && seen.size() < most) {
    const ValueId value = todo.back();
    todo.pop_back();
    if (view.is_output(value)) return true;
    for (const ValueUse& use : view.uses(value)) {
      if (use.slot < 0 || weighs_scores(view.node(use.node))) return true;
      if (stays_mask(view.node(use.node), use.slot)) follow(view.node(use.node));
    }
  }
  return false;
}

bool is_causal(const GraphView& view, const Node& node) {
  if (std::ranges::find(causal_ops, node.op_type) != causal_ops.end()) return true;
  if (int_attribute(node, "is_causal").value_or(0) != 0 || int_attribute(node, "unidirectional").value_or(0) != 0)
    return true;
  const bool mask = node.op_type == "Trilu" || compares_positions(view, node) || applies_mask(view, node);
  return mask && hides_scores(view, node);
}

}  // namespace

void gather_causality(const GatherContext& context) {
  double signs = 0;
  for (const GraphView& view : context.views.all()) {
    for (std::int32_t n = 0; n < view.node_count(); ++n) signs += is_causal(view, view.node(n)) ? 1 : 0;
  }
  context.features.set("causal", signs);
}

}  // namespace costscan
