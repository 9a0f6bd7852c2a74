#include "passes/axis_ops.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "passes/facts.hpp"

namespace costscan {
namespace {

using AxisList = std::vector<std::int64_t>;

constexpr std::size_t every_slot = 64;

struct AxisOp {
  std::string_view op_type;
  Across across = Across::moves;
  std::size_t permuted_slots = 1;  ///< leading operands that are permuted along
  bool (*fits)(const GraphView&, std::int32_t) = nullptr;
  void (*untranspose)(RewriteBuilder&, const GraphView&, std::int32_t, const AxisList&, Node&) = nullptr;
};

std::optional<std::int64_t> as_index(std::int64_t axis, std::size_t rank) {
  const auto size = static_cast<std::int64_t>(rank);
  const std::int64_t index = axis < 0 ? axis + size : axis;
  return index >= 0 && index < size ? std::optional(index) : std::nullopt;
}

std::optional<AxisList> renamed(const AxisList& axes, const AxisList& permutation) {
  AxisList out;
  for (const std::int64_t axis : axes) {
    const auto index = as_index(axis, permutation.size());
    if (!index) return std::nullopt;
    out.push_back(permutation[static_cast<std::size_t>(*index)]);
  }
  return out;
}

void set_attribute(Node& node, std::string_view name, AttributeValue value) {
  const auto found = std::ranges::find(node.attributes, name, &Attribute::name);
  if (found != node.attributes.end()) {
    found->value = std::move(value);
  } else {
    node.attributes.push_back(make_attribute(std::string(name), std::move(value)));
  }
}

void set_input(Node& node, std::size_t slot, ValueId value) {
  while (node.inputs.size() <= slot) node.inputs.push_back(no_value);
  node.inputs[slot] = value;
}

std::size_t rank_of_result(const GraphView& view, std::int32_t n) {
  return static_cast<std::size_t>(std::max<std::int64_t>(view.rank(view.output(n, 0)), 0));
}

// Operators with one `axis`.

std::int64_t stated_axis(const Node& node, std::int64_t otherwise) {
  return int_attribute(node, "axis").value_or(otherwise);
}

bool has_valid_axis(const GraphView& view, std::int32_t n, std::int64_t otherwise) {
  return as_index(stated_axis(view.node(n), otherwise), rank_of_result(view, n)).has_value();
}

void rename_axis(Node& node, const AxisList& permutation, std::int64_t otherwise) {
  const auto index = as_index(stated_axis(node, otherwise), permutation.size());
  if (index) set_attribute(node, "axis", permutation[static_cast<std::size_t>(*index)]);
}

bool fits_concat(const GraphView& view, std::int32_t n) { return has_valid_axis(view, n, 1); }

bool fits_split(const GraphView& view, std::int32_t n) { return has_valid_axis(view, n, 0); }

/// Rows picked along an axis, by a list: more or fewer axes of indices would change the rank.
bool fits_gather(const GraphView& view, std::int32_t n) {
  return view.rank(view.input(n, 1)) == 1 && has_valid_axis(view, n, 0);
}

/// Of one scale, or of one for each position along an axis; not of one for each block.
bool fits_quantize(const GraphView& view, std::int32_t n) {
  const std::int64_t scales = view.rank(view.input(n, 1));
  return int_attribute(view.node(n), "block_size").value_or(0) == 0 && (scales == 0 || scales == 1) &&
         (scales == 0 || has_valid_axis(view, n, 1));
}

/// Before version 13 the operand was taken as a matrix, split at the axis.
bool fits_softmax(const GraphView& view, std::int32_t n) {
  constexpr std::int64_t one_axis_since = 13;
  return view.opset() >= one_axis_since && has_valid_axis(view, n, -1);
}

void rename_axis_0(RewriteBuilder& /*builder*/, const GraphView& /*view*/, std::int32_t /*original*/,
                   const AxisList& permutation, Node& node) {
  rename_axis(node, permutation, 0);
}

void rename_axis_1(RewriteBuilder& /*builder*/, const GraphView& /*view*/, std::int32_t /*original*/,
                   const AxisList& permutation, Node& node) {
  rename_axis(node, permutation, 1);
}

void rename_last_axis(RewriteBuilder& /*builder*/, const GraphView& /*view*/, std::int32_t /*original*/,
                      const AxisList& permutation, Node& node) {
  rename_axis(node, permutation, -1);
}

/// A scale for each position: its axis; else there is none.
void rename_scale_axis(RewriteBuilder& /*builder*/, const GraphView& view, std::int32_t original,
                       const AxisList& permutation, Node& node) {
  if (view.rank(view.input(original, 1)) == 1) rename_axis(node, permutation, 1);
}

// Slice: bounds in a list, for axes in another.

/// Its axes, the first ones where none are listed; nullopt where they are computed, or of 32 bits like the bounds.
std::optional<AxisList> sliced_axes(const GraphView& view, std::int32_t n) {
  const Node& node = view.node(n);
  if (const auto* stated = ints_attribute(node, "axes")) return *stated;
  std::size_t count = 0;
  if (const auto* starts = ints_attribute(node, "starts")) {
    count = starts->size();
  } else {
    if (view.dtype(view.input(n, 1)) != DType::int64) return std::nullopt;
    if (view.input(n, 3) != no_value) return view.ints(view.input(n, 3));
    const Shape* bounds = view.shape(view.input(n, 1));
    if (bounds == nullptr || bounds->size() != 1) return std::nullopt;
    count = static_cast<std::size_t>(bounds->front());
  }
  AxisList first(std::min(count, rank_of_result(view, n)));
  for (std::size_t i = 0; i < first.size(); ++i) first[i] = static_cast<std::int64_t>(i);
  return first;
}

bool are_valid(const std::optional<AxisList>& axes, std::size_t rank) {
  return axes && std::ranges::all_of(*axes, [&](std::int64_t axis) { return as_index(axis, rank).has_value(); });
}

bool fits_slice(const GraphView& view, std::int32_t n) {
  return are_valid(sliced_axes(view, n), rank_of_result(view, n));
}

void untranspose_slice(RewriteBuilder& builder, const GraphView& view, std::int32_t original,
                       const AxisList& permutation, Node& node) {
  const auto axes = sliced_axes(view, original);
  const auto plain = axes ? renamed(*axes, permutation) : std::nullopt;
  if (!plain) return;
  if (ints_attribute(node, "starts") != nullptr) {
    set_attribute(node, "axes", *plain);
  } else {
    set_input(node, 3, builder.ints(*plain));
  }
}

// Pad: two numbers for each axis.

std::optional<AxisList> pads_of(const GraphView& view, std::int32_t n) {
  if (const auto* stated = ints_attribute(view.node(n), "pads")) return *stated;
  return view.ints(view.input(n, 1));
}

bool fits_pad(const GraphView& view, std::int32_t n) {
  const auto pads = pads_of(view, n);
  return view.input(n, 3) == no_value && pads && pads->size() == 2 * rank_of_result(view, n);
}

void untranspose_pad(RewriteBuilder& builder, const GraphView& view, std::int32_t original, const AxisList& permutation,
                     Node& node) {
  const auto pads = pads_of(view, original);
  if (!pads) return;
  const std::size_t rank = permutation.size();
  AxisList plain(2 * rank, 0);
  for (std::size_t i = 0; i < rank; ++i) {
    const auto from = static_cast<std::size_t>(permutation[i]);
    plain[from] = (*pads)[i];
    plain[rank + from] = (*pads)[rank + i];
  }
  if (ints_attribute(node, "pads") != nullptr) {
    set_attribute(node, "pads", plain);
  } else {
    set_input(node, 1, builder.ints(plain));
  }
}

// Reductions that keep their axes.

/// The listed axes; nullopt where they are computed. Empty where all are meant.
std::optional<AxisList> reduced_axes(const GraphView& view, std::int32_t n) {
  const bool listed = ints_attribute(view.node(n), "axes") != nullptr || view.input(n, 1) != no_value;
  return listed ? axes_of(view, n) : std::optional(AxisList{});
}

bool fits_reduction(const GraphView& view, std::int32_t n) {
  const bool keeps = int_attribute(view.node(n), "keepdims").value_or(1) != 0;
  return keeps && are_valid(reduced_axes(view, n), rank_of_result(view, n));
}

void untranspose_reduction(RewriteBuilder& builder, const GraphView& view, std::int32_t original,
                           const AxisList& permutation, Node& node) {
  const auto axes = reduced_axes(view, original);
  const auto plain = axes && !axes->empty() ? renamed(*axes, permutation) : std::nullopt;
  if (!plain) return;
  if (ints_attribute(node, "axes") != nullptr) {
    set_attribute(node, "axes", *plain);
  } else {
    set_input(node, 1, builder.ints(*plain));
  }
}

constexpr std::array axis_ops{
    AxisOp{"Concat", Across::moves, every_slot, fits_concat, rename_axis_1},
    AxisOp{"Split", Across::moves, 1, fits_split, rename_axis_0},
    AxisOp{"Gather", Across::moves, 1, fits_gather, rename_axis_0},
    AxisOp{"Slice", Across::moves, 1, fits_slice, untranspose_slice},
    AxisOp{"Pad", Across::moves, 1, fits_pad, untranspose_pad},
    AxisOp{"QuantizeLinear", Across::moves, 1, fits_quantize, rename_scale_axis},
    AxisOp{"DequantizeLinear", Across::moves, 1, fits_quantize, rename_scale_axis},
    AxisOp{"Softmax", Across::sums, 1, fits_softmax, rename_last_axis},
    AxisOp{"LogSoftmax", Across::sums, 1, fits_softmax, rename_last_axis},
    AxisOp{"ReduceSum", Across::sums, 1, fits_reduction, untranspose_reduction},
    AxisOp{"ReduceMean", Across::sums, 1, fits_reduction, untranspose_reduction},
};

const AxisOp* axis_op(const Node& node) noexcept {
  if (!node.domain.empty()) return nullptr;
  const auto* found = std::ranges::find(axis_ops, node.op_type, &AxisOp::op_type);
  return found == axis_ops.end() ? nullptr : found;
}

}  // namespace

bool moves_with_axes(const GraphView& view, std::int32_t node, Across across) {
  const Node& it = view.node(node);
  if (it.outputs.empty() || std::ranges::find(it.outputs, no_value) != it.outputs.end()) return false;
  if (is_elementwise(it)) return it.outputs.size() == 1;
  const AxisOp* known = axis_op(it);
  if (known == nullptr || it.inputs.empty() || it.inputs.front() == no_value) return false;
  return (known->across == Across::moves || across == Across::sums) && known->fits(view, node);
}

bool is_permuted_operand(const Node& node, std::size_t slot) {
  const AxisOp* known = axis_op(node);
  return known == nullptr || slot < known->permuted_slots;
}

bool adds_along_axes(const Node& node) noexcept {
  const AxisOp* known = axis_op(node);
  return known != nullptr && known->across == Across::sums;
}

void untranspose(RewriteBuilder& builder, const GraphView& view, std::int32_t original,
                 const std::vector<std::int64_t>& permutation, Node& node) {
  if (const AxisOp* known = axis_op(node)) known->untranspose(builder, view, original, permutation, node);
}

}  // namespace costscan
