#include "patterns/halves.hpp"

#include <algorithm>
#include <vector>

namespace costscan {
namespace {

using Ints = std::vector<std::int64_t>;

/// An operand's integers under the bound dimensions: constant or by shape arithmetic.
std::optional<Ints> bound_ints(const GraphView& view, ValueId value) {
  const auto all = view.ints_by_binding(value);
  return all.empty() ? std::nullopt : std::optional(all.front());
}

std::optional<Ints> ints_of(const GraphView& view, std::int32_t node, std::string_view attribute, std::size_t slot) {
  if (const Ints* stated = ints_attribute(view.node(node), attribute)) return *stated;
  return bound_ints(view, view.input(node, slot));
}

std::optional<HalfOf> half_by_slice(const GraphView& view, std::int32_t node) {
  const auto bounds = slice_bounds(view, node);
  const Shape* whole = view.shape(view.input(node, 0));
  const Shape* part = view.shape(view.output(node, 0));
  if (!bounds || whole == nullptr || part == nullptr || whole->size() != part->size()) return std::nullopt;
  const auto axis = static_cast<std::size_t>(bounds->axis);
  const std::int64_t extent = (*whole)[axis];
  if (extent < 2 || extent % 2 != 0 || (*part)[axis] * 2 != extent) return std::nullopt;
  HalfOf half{view.input(node, 0), node, 0, false, bounds->axis};
  const std::int64_t start = bounds->start < 0 ? bounds->start + extent : bounds->start;
  if (bounds->step == 2 && (start == 0 || start == 1)) {
    half.interleaved = extent > 2;
    half.which = static_cast<int>(start);
    return half;
  }
  if (bounds->step != 1 || (start != 0 && start != extent / 2)) return std::nullopt;
  half.which = start == 0 ? 0 : 1;
  return half;
}

std::optional<HalfOf> half_by_split(const GraphView& view, std::int32_t node, ValueId value) {
  const Node& split = view.node(node);
  if (split.outputs.size() != 2) return std::nullopt;
  const Shape* first = view.shape(split.outputs[0]);
  const Shape* second = view.shape(split.outputs[1]);
  if (first == nullptr || second == nullptr || *first != *second) return std::nullopt;
  std::int64_t axis = int_attribute(split, "axis").value_or(0);
  if (axis < 0) axis += static_cast<std::int64_t>(first->size());
  return HalfOf{view.input(node, 0), node, value == split.outputs[0] ? 0 : 1, false, axis};
}

/// By Gather of one place of an axis of two.
std::optional<HalfOf> half_by_gather(const GraphView& view, std::int32_t node) {
  const Shape* whole = view.shape(view.input(node, 0));
  const auto index = view.scalar(view.input(node, 1));
  if (whole == nullptr || !index || (*index != 0 && *index != 1 && *index != -1)) return std::nullopt;
  std::int64_t axis = int_attribute(view.node(node), "axis").value_or(0);
  axis += axis < 0 ? static_cast<std::int64_t>(whole->size()) : 0;
  const bool of_two =
      axis >= 0 && axis < static_cast<std::int64_t>(whole->size()) && (*whole)[static_cast<std::size_t>(axis)] == 2;
  if (!of_two) return std::nullopt;
  return HalfOf{view.input(node, 0), node, *index == 0 ? 0 : 1, false, axis};
}

/// Neighbours of a row that was reshaped to pairs.
bool is_of_pairs(const GraphView& view, const HalfOf& half) {
  const Shape* whole = view.shape(half.whole);
  const std::int32_t maker = view.source_node(half.whole);
  return whole != nullptr && whole->size() > 1 && whole->back() == 2 && maker >= 0 &&
         half.axis + 1 == static_cast<std::int64_t>(whole->size()) && is_op(view.node(maker), "Reshape");
}

}  // namespace

std::optional<SliceBounds> slice_bounds(const GraphView& view, std::int32_t node) {
  const std::int64_t rank = view.rank(view.input(node, 0));
  const auto starts = ints_of(view, node, "starts", 1);
  const auto ends = ints_of(view, node, "ends", 2);
  if (rank < 1 || !starts || !ends || starts->size() != 1 || ends->size() != 1) return std::nullopt;
  SliceBounds bounds;
  bounds.start = starts->front();
  bounds.end = ends->front();
  const bool has_axes = ints_attribute(view.node(node), "axes") != nullptr || view.input(node, 3) != no_value;
  if (has_axes) {
    const auto axes = ints_of(view, node, "axes", 3);
    if (!axes || axes->size() != 1) return std::nullopt;
    bounds.axis = axes->front() < 0 ? axes->front() + rank : axes->front();
  }
  if (view.input(node, 4) != no_value) {
    const auto steps = bound_ints(view, view.input(node, 4));
    if (!steps || steps->size() != 1) return std::nullopt;
    bounds.step = steps->front();
  }
  if (bounds.axis < 0 || bounds.axis >= rank) return std::nullopt;
  return bounds;
}

std::optional<HalfOf> half_of(const GraphView& view, ValueId value) {
  value = view.source(value);
  const std::int32_t node = view.producer(value);
  if (node < 0) return std::nullopt;
  std::optional<HalfOf> half;
  if (is_op(view.node(node), "Slice")) half = half_by_slice(view, node);
  if (is_op(view.node(node), "Split")) half = half_by_split(view, node, value);
  if (is_op(view.node(node), "Gather")) half = half_by_gather(view, node);
  if (half && is_of_pairs(view, *half)) half->interleaved = true;
  return half;
}

}  // namespace costscan
