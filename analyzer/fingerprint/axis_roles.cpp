#include "fingerprint/axis_roles.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "fingerprint/op_classes.hpp"
#include "model/checked_math.hpp"

namespace costscan {
namespace {

/// Channels are the second axis of what these make.
constexpr auto channel_makers = std::to_array<std::string_view>(
    {"AveragePool", "BatchNormalization", "CausalConvWithState", "Conv", "ConvInteger", "ConvTranspose", "DeformConv",
     "FusedConv", "GlobalAveragePool", "GlobalMaxPool", "GroupNormalization", "InstanceNormalization", "MaxPool",
     "QLinearAveragePool", "QLinearConv", "QLinearGlobalAveragePool"});
/// Features are the last axis of what these make.
constexpr auto vector_makers = std::to_array<std::string_view>(
    {"EmbedLayerNormalization", "GRU", "LSTM", "LayerNormalization", "RMSNormalization", "RNN",
     "SimplifiedLayerNormalization", "SkipLayerNormalization", "SkipSimplifiedLayerNormalization"});
constexpr auto weight_products = std::to_array<std::string_view>(
    {"FusedGemm", "Gemm", "MatMul", "MatMulInteger", "MatMulIntegerToFloat", "MatMulNBits", "QGemm", "QLinearMatMul"});
constexpr auto view_makers = std::to_array<std::string_view>({"Flatten", "Reshape", "Squeeze", "Unsqueeze"});
/// Axes keep their meaning though they change their length.
constexpr auto resizers = std::to_array<std::string_view>({"Pad", "Resize", "Slice", "Split", "Tile", "Upsample"});
/// Nothing is known of the axes of what these make.
constexpr auto opaque_makers = std::to_array<std::string_view>({"Einsum", "Loop", "Scan", "If", "FusedMatMul"});

bool is_made_by(std::span<const std::string_view> ops, const Node& node) {
  return std::ranges::find(ops, node.op_type) != ops.end();
}

AxisRole features_at(bool here) { return here ? AxisRole::features : AxisRole::places; }

/// A window [first, last) of the elements that lie behind one another, in steps of the axes behind.
struct AxisSpan {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// Where an axis stands when a shape is read as one product: between the product of the axes before it and that with
/// it.
std::optional<AxisSpan> span_of(const Shape& dims, std::size_t axis) {
  const auto before = element_count(std::span(dims).first(axis));
  const auto with = before ? checked_mul(*before, dims[axis]) : std::nullopt;
  return with ? std::optional(AxisSpan{*before, *with}) : std::nullopt;
}

}  // namespace

AxisRole AxisRoles::role_at(ValueId value, std::int64_t axis, int depth) {
  constexpr int deepest = 1000;
  constexpr std::int64_t most_axes = 16;
  if (value == no_value || depth > deepest || axis < 0 || axis >= most_axes || view_.is_constant(value))
    return AxisRole::unknown;
  const Shape* dims = view_.shape(value);
  if (dims == nullptr || axis >= static_cast<std::int64_t>(dims->size())) return AxisRole::unknown;
  if ((*dims)[static_cast<std::size_t>(axis)] == 1) return AxisRole::unknown;
  const std::int64_t key = static_cast<std::int64_t>(value) * most_axes + axis;
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  const std::int32_t node = view_.producer(value);
  AxisRole role = AxisRole::unknown;
  if (node >= 0) {
    role = made_role(node, value, axis, depth + 1);
  } else if (dims->size() == 3) {
    role = features_at(axis == 2);  // vectors in a sequence, the batch first
  }
  known_.emplace(key, role);
  return role;
}

AxisRole AxisRoles::role_from_last(ValueId value, std::int64_t from_last, int depth) {
  return role_at(value, view_.rank(value) - 1 - from_last, depth);
}

AxisRole AxisRoles::made_role(std::int32_t node, ValueId value, std::int64_t axis, int depth) {
  const Node& here = view_.node(node);
  const bool is_known = here.domain.empty() || here.domain.starts_with("com.microsoft");
  if (!is_known || is_made_by(opaque_makers, here)) return AxisRole::unknown;
  const std::int64_t rank = view_.rank(value);
  if (is_made_by(channel_makers, here)) return features_at(axis == 1);
  if (is_made_by(vector_makers, here)) return features_at(axis == rank - 1);
  if (is_made_by(weight_products, here)) return product_role(node, value, axis, depth);
  if (is_made_by(view_makers, here)) return viewed_role(view_.input(node, 0), value, axis, depth);
  if (here.op_type == "Gather") return gathered_role(node, axis, depth);
  if (here.op_type == "Concat") return joined_role(node, axis, depth);
  if (here.op_type == "Transpose") {
    const auto* perm = ints_attribute(here, "perm");
    const bool fits = perm != nullptr && static_cast<std::int64_t>(perm->size()) == rank;
    return role_at(view_.input(node, 0), fits ? (*perm)[static_cast<std::size_t>(axis)] : rank - 1 - axis, depth);
  }
  return operand_role(node, value, axis, depth);
}

/// The rows of a product are those of its left operand, the columns those of its right one. Columns that a weight makes
/// are features, of places too: then they are places made of places. So are rows, with the weight on the left.
AxisRole AxisRoles::product_role(std::int32_t node, ValueId value, std::int64_t axis, int depth) {
  const auto [left_slot, right_slot] = product_slots(view_.node(node).op_type);
  const ValueId left = view_.input(node, left_slot);
  const ValueId right = view_.input(node, right_slot);
  const std::int64_t from_last = view_.rank(value) - 1 - axis;
  // Gemm may turn its operands; with a weight on the right that is the usual layer.
  const bool turned = int_attribute(view_.node(node), "transA").value_or(0) != 0;
  if (turned || (!view_.is_constant(right) && int_attribute(view_.node(node), "transB").value_or(0) != 0))
    return AxisRole::unknown;
  const auto made_of = [&](AxisRole contracted) {
    return contracted == AxisRole::places ? AxisRole::places : AxisRole::features;
  };
  if (from_last == 0 && view_.is_constant(right)) return made_of(role_from_last(left, 0, depth));
  if (from_last == 1 && view_.is_constant(left)) return made_of(role_from_last(right, 1, depth));
  if (from_last == 0) return role_from_last(right, 0, depth);
  const AxisRole role = role_from_last(left, from_last, depth);
  return role != AxisRole::unknown || from_last == 1 ? role : role_from_last(right, from_last, depth);
}

/// All axes that an axis of another shape of the same elements is made of, or is a part of, have to agree.
AxisRole AxisRoles::viewed_role(ValueId from, ValueId value, std::int64_t axis, int depth) {
  const Shape* before = from == no_value ? nullptr : view_.shape(from);
  const Shape* after = view_.shape(value);
  if (before == nullptr || after == nullptr) return AxisRole::unknown;
  const auto wanted = span_of(*after, static_cast<std::size_t>(axis));
  if (!wanted) return AxisRole::unknown;
  AxisRole common = AxisRole::unknown;
  for (std::size_t i = 0; i < before->size(); ++i) {
    const auto here = span_of(*before, i);
    if (!here) return AxisRole::unknown;
    if ((*before)[i] == 1 || here->last <= wanted->first || here->first >= wanted->last) continue;
    const AxisRole role = role_at(from, static_cast<std::int64_t>(i), depth);
    if (role == AxisRole::unknown || (common != AxisRole::unknown && role != common)) return AxisRole::unknown;
    common = role;
  }
  return common;
}

/// Rows of a table by indices: places, each with its features; else the axes around the gathered one.
AxisRole AxisRoles::gathered_role(std::int32_t node, std::int64_t axis, int depth) {
  const ValueId data = view_.input(node, 0);
  const std::int64_t rank = view_.rank(data);
  const std::int64_t index_rank = view_.rank(view_.input(node, 1));
  std::int64_t along = int_attribute(view_.node(node), "axis").value_or(0);
  if (along < 0) along += rank;
  if (rank < 1 || index_rank < 0) return AxisRole::unknown;
  if (view_.is_constant(data)) {
    return rank == 2 && along == 0 ? features_at(axis >= index_rank) : AxisRole::unknown;
  }
  if (axis < along) return role_at(data, axis, depth);
  if (axis >= along + index_rank) return role_at(data, axis - index_rank + 1, depth);
  return index_rank == 1 ? role_at(data, along, depth) : AxisRole::unknown;
}

/// An axis that single elements are stacked along counts them: steps.
AxisRole AxisRoles::joined_role(std::int32_t node, std::int64_t axis, int depth) {
  const Node& here = view_.node(node);
  std::int64_t along = int_attribute(here, "axis").value_or(0);
  if (along < 0) along += view_.rank(here.outputs.front());
  const auto is_single = [&](ValueId input) {
    const Shape* dims = input == no_value ? nullptr : view_.shape(input);
    return dims != nullptr && axis < static_cast<std::int64_t>(dims->size()) &&
           (*dims)[static_cast<std::size_t>(axis)] == 1;
  };
  if (axis == along && std::ranges::all_of(here.inputs, is_single)) return AxisRole::places;
  for (const ValueId input : here.inputs) {
    if (const AxisRole role = role_at(input, axis, depth); role != AxisRole::unknown) return role;
  }
  return AxisRole::unknown;
}

/// Of operators whose axes are those of their operands: the first operand that tells.
AxisRole AxisRoles::operand_role(std::int32_t node, ValueId value, std::int64_t axis, int depth) {
  const Node& here = view_.node(node);
  const Shape* out = view_.shape(value);
  const auto rank = static_cast<std::int64_t>(out->size());
  const std::size_t first = here.op_type == "Where" ? 1 : 0;
  for (std::size_t slot = first; slot < here.inputs.size(); ++slot) {
    const ValueId input = here.inputs[slot];
    const Shape* dims = input == no_value ? nullptr : view_.shape(input);
    if (dims == nullptr) continue;
    const std::int64_t at = axis - (rank - static_cast<std::int64_t>(dims->size()));
    if (at < 0 || static_cast<std::int64_t>(dims->size()) > rank) continue;
    const bool same = (*dims)[static_cast<std::size_t>(at)] == (*out)[static_cast<std::size_t>(axis)];
    if (!same && !(slot == 0 && is_made_by(resizers, here))) continue;
    if (const AxisRole role = role_at(input, at, depth); role != AxisRole::unknown) return role;
  }
  return AxisRole::unknown;
}

}  // namespace costscan
