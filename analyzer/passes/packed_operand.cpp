#include "passes/packed_operand.hpp"

#include <algorithm>

#include "passes/attention_paths.hpp"
#include "passes/column_labels.hpp"

namespace costscan {
namespace {

/// The part of an axis that a node takes of its first operand.
struct TakenPart {
  std::size_t axis = 0;
  std::int64_t begin = 0;
  std::int64_t length = 0;
};

std::optional<std::size_t> axis_of(const GraphView& view, std::int32_t node) {
  const std::int64_t rank = view.rank(view.input(node, 0));
  std::int64_t axis = int_attribute(view.node(node), "axis").value_or(0);
  axis += axis < 0 ? rank : 0;
  return axis >= 0 && axis < rank ? std::optional(static_cast<std::size_t>(axis)) : std::nullopt;
}

std::optional<TakenPart> split_part(const GraphView& view, std::int32_t node, ValueId output) {
  const auto axis = axis_of(view, node);
  if (!axis) return std::nullopt;
  TakenPart part{*axis, 0, 0};
  for (const ValueId out : view.node(node).outputs) {
    const Shape* dims = view.shape(out);
    if (dims == nullptr || *axis >= dims->size()) return std::nullopt;
    part.length = (*dims)[*axis];
    if (out == output) return part;
    part.begin += part.length;
  }
  return std::nullopt;
}

/// Of a Gather by one constant index.
std::optional<TakenPart> gathered_part(const GraphView& view, std::int32_t node) {
  const auto axis = axis_of(view, node);
  const auto index = view.ints(view.input(node, 1));
  const Shape* dims = view.shape(view.input(node, 0));
  if (!axis || !index || index->size() != 1 || dims == nullptr) return std::nullopt;
  const std::int64_t length = (*dims)[*axis];
  const std::int64_t begin = index->front() + (index->front() < 0 ? length : 0);
  return begin >= 0 && begin < length ? std::optional(TakenPart{*axis, begin, 1}) : std::nullopt;
}

/// All readers of the value take one index of this axis, and only `node` takes that.
bool gathers_apart(const GraphView& view, std::int32_t node, const TakenPart& part) {
  return std::ranges::all_of(view.uses(view.input(node, 0)), [&](const ValueUse& use) {
    if (use.node == node) return true;
    if (use.slot != 0 || !is_op(view.node(use.node), "Gather")) return false;
    const auto other = gathered_part(view, use.node);
    return other && other->axis == part.axis && other->begin != part.begin;
  });
}

std::optional<TakenPart> taken_part(const GraphView& view, std::int32_t node, ValueId output) {
  const ValueId whole = view.input(node, 0);
  if (view.is_output(whole)) return std::nullopt;
  if (is_op(view.node(node), "Split")) {
    return view.uses(whole).size() == 1 ? split_part(view, node, output) : std::nullopt;
  }
  if (!is_op(view.node(node), "Gather")) return std::nullopt;
  const auto part = gathered_part(view, node);
  return part && gathers_apart(view, node, *part) ? part : std::nullopt;
}

bool is_read_once(const GraphView& view, ValueId value) {
  return !view.is_output(value) && view.uses(value).size() == 1;
}

/// Features within the part, where they are the same under every binding and the rest has others.
std::optional<std::vector<std::int32_t>> columns_of(const GraphView& view, const LinearLayer& layer,
                                                    const std::vector<std::int32_t>& down, const TakenPart& part) {
  std::optional<std::vector<std::int32_t>> columns;
  const auto shapes = view.shapes_by_binding(layer.y);
  for (std::size_t binding = 0; binding < shapes.size(); ++binding) {
    auto labels = column_labels(shapes[binding]);
    if (labels) labels = moved_labels(view, *std::move(labels), down, binding);
    if (!labels || part.axis >= labels->dims.size()) return std::nullopt;
    PartedLabels parted = parted_labels(*labels, part.axis, part.begin, part.length);
    std::vector<std::int32_t> shared;
    std::ranges::set_intersection(parted.inside, parted.outside, std::back_inserter(shared));
    if (!shared.empty() || (columns && *columns != parted.inside)) return std::nullopt;
    columns = std::move(parted.inside);
  }
  return columns;
}

}  // namespace

std::optional<PackedOperand> packed_operand(const GraphView& view, ValueId operand) {
  std::optional<TakenPart> part;
  std::vector<std::int32_t> down;  ///< between the layer and the cut
  ValueId value = operand;
  for (;;) {
    const std::int32_t node = view.producer(value);
    if (node < 0 || (!part && !is_read_once(view, value))) return std::nullopt;
    if (part) {
      if (auto layer = layer_of_result(view, value)) {
        std::ranges::reverse(down);
        auto columns = columns_of(view, *layer, down, *part);
        return columns ? std::optional(PackedOperand{*std::move(layer), *std::move(columns)}) : std::nullopt;
      }
    }
    const bool moves = is_op(view.node(node), "Transpose") || is_view_op(view.node(node));
    if (moves) {
      if (part) down.push_back(node);
      value = view.input(node, 0);
      // Above the cut all readers were looked at there; further up there has to be one.
      if (!is_read_once(view, value)) return std::nullopt;
      continue;
    }
    if (part) return std::nullopt;
    if (const auto scale = constant_scale(view, node)) {
      value = scale->in;
    } else {
      part = taken_part(view, node, value);
      if (!part) return std::nullopt;
      value = view.input(node, 0);
    }
  }
}

}  // namespace costscan
