// Class 0, as far as the sizes go that are tried: an operand that has the same contents for every size is a constant,
// and a Reshape to extents that its input has at the same place needs no numbers.
#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "passes/constant_parts.hpp"
#include "passes/facts.hpp"
#include "passes/finders.hpp"
#include "passes/thresholds.hpp"

namespace costscan {
namespace {

bool is_int_tensor(DType dtype) { return is_integer(dtype) || dtype == DType::boolean; }

/// A value computed at run time whose contents are the same under every binding, and its readers' own are not.
std::optional<Rewrite> steady_value(const GraphView& view, std::int32_t n, ValueId value,
                                    const std::vector<bool>& steady) {
  if (value == no_value || !steady[static_cast<std::size_t>(value)]) return std::nullopt;
  const bool last = view.is_output(value) || std::ranges::any_of(view.uses(value), [&](const ValueUse& use) {
                      return std::ranges::any_of(view.node(use.node).outputs, [&](ValueId out) {
                        return out == no_value || !steady[static_cast<std::size_t>(out)];
                      });
                    });
  if (!last) return std::nullopt;
  const SteadyInts known = steady_ints(view, value);
  const auto bytes = packed_ints(known.ints, view.dtype(value));
  if (!bytes) return std::nullopt;
  RewriteBuilder builder(view, {n});
  NewConstant made;
  made.dtype = view.dtype(value);
  made.dims = *view.shape(value);
  made.bytes = [bytes = *bytes](const ReadWeight&) -> Result<std::vector<std::byte>> { return bytes; };
  const std::string name = view.graph().values[static_cast<std::size_t>(value)].name;
  builder.replace(value, builder.constant(std::move(made), name + "_constant"));
  builder.holds(known.holds);
  builder.note("the same contents for every size");
  return builder.finish();
}

/// Values computed at run time that are known and the same under the bound sizes and, unless only those count, all.
std::vector<bool> steady_values(const GraphView& view) {
  const std::vector<bool> stepwise = stepwise_values(view);
  std::vector<bool> steady(view.graph().values.size(), false);
  for (std::size_t v = 0; v < steady.size(); ++v) {
    const auto value = static_cast<ValueId>(v);
    if (view.producer(value) < 0 || stepwise[v] || !is_int_tensor(view.dtype(value)) || view.is_constant(value))
      continue;
    const auto shapes = view.shapes_by_binding(value);
    if (shapes.empty() || !std::ranges::all_of(shapes, [&](const Shape& s) { return s == shapes.front(); })) continue;
    steady[v] = steady_ints(view, value).holds == Holds::every_binding;
  }
  return steady;
}

/// The Reshape with a constant operand.
std::optional<Rewrite> reshape(const GraphView& view, std::int32_t n) {
  const ValueId operand = view.input(n, 1);
  if (operand == no_value || view.is_constant(operand)) return std::nullopt;
  const ReshapeOperand dims = reshape_operand(view, view.input(n, 0), view.output(n, 0));
  if (dims.holds == Holds::no) return std::nullopt;
  RewriteBuilder builder(view, {n});
  const ValueId made = builder.ints(dims.dims);
  builder.replace(view.output(n, 0), builder.node("Reshape", {view.input(n, 0), made}));
  builder.holds(dims.holds);
  builder.note("to " + joined(dims.dims));
  return builder.finish();
}

/// An Expand's operand: 1 where the input has the extent already.
std::optional<Rewrite> expand(const GraphView& view, std::int32_t n) {
  const ValueId operand = view.input(n, 1);
  if (operand == no_value || view.is_constant(operand)) return std::nullopt;
  const auto from = view.shapes_by_binding(view.input(n, 0));
  const auto to = view.shapes_by_binding(view.output(n, 0));
  if (from.empty() || from.size() != to.size()) return std::nullopt;
  const std::size_t rank = to.front().size();
  std::vector<std::int64_t> dims;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    bool same = true;
    bool fixed = true;
    for (std::size_t i = 0; i < to.size(); ++i) {
      if (to[i].size() != rank || from[i].size() != from.front().size()) return std::nullopt;
      const std::size_t added = rank - from[i].size();
      same = same && axis >= added && from[i][axis - added] == to[i][axis];
      fixed = fixed && to[i][axis] == to.front()[axis];
    }
    if (!same && !fixed) return std::nullopt;
    dims.push_back(same ? 1 : to.front()[axis]);
  }
  RewriteBuilder builder(view, {n});
  const ValueId made = builder.ints(dims);
  builder.replace(view.output(n, 0), builder.node("Expand", {view.input(n, 0), made}));
  builder.holds(view.complete() ? Holds::every_binding : Holds::this_binding);
  builder.note("to " + joined(dims));
  return builder.finish();
}

/// Unsqueeze(Gather(Shape(x), i), 0) is the Shape of x from i to i + 1.
std::optional<Rewrite> one_extent(const GraphView& view, std::int32_t n) {
  constexpr std::int64_t part_of_shape_since = 15;
  const std::int32_t gather = view.producer(view.input(n, 0));
  if (view.opset() < part_of_shape_since || gather < 0 || !is_op(view.node(gather), "Gather")) return std::nullopt;
  const std::int32_t shape = view.producer(view.input(gather, 0));
  const auto axes = axes_of(view, n);
  const auto index = view.ints(view.input(gather, 1));
  if (shape < 0 || !is_op(view.node(shape), "Shape") || !view.node(shape).attributes.empty()) return std::nullopt;
  if (!axes || axes->size() != 1 || !index || index->size() != 1 || view.rank(view.input(gather, 1)) != 0) {
    return std::nullopt;
  }
  const std::int64_t rank = view.rank(view.input(shape, 0));
  const std::int64_t at = index->front() < 0 ? index->front() + rank : index->front();
  if (rank < 0 || at < 0 || at >= rank) return std::nullopt;
  RewriteBuilder builder(view, {gather, n});
  builder.replace(view.output(n, 0), builder.node("Shape", {view.input(shape, 0)},
                                                  {make_attribute("start", at), make_attribute("end", at + 1)}));
  builder.note("extent " + std::to_string(at));
  return builder.finish();
}

/// First and one past the last of the elements that a Gather or a Slice takes in a row of a list of so many.
std::optional<std::pair<std::int64_t, std::int64_t>> taken_in_a_row(const GraphView& view, std::int32_t n,
                                                                    std::int64_t count) {
  const auto first = view.ints(view.input(n, 1));
  if (!first || first->empty() || view.rank(view.input(n, 1)) != 1) return std::nullopt;
  const auto normal = [&](std::int64_t index) { return index < 0 ? index + count : index; };
  if (is_op(view.node(n), "Gather")) {
    const std::int64_t begin = normal(first->front());
    for (std::size_t i = 0; i < first->size(); ++i) {
      if (normal((*first)[i]) != begin + static_cast<std::int64_t>(i)) return std::nullopt;
    }
    return std::pair(begin, begin + static_cast<std::int64_t>(first->size()));
  }
  const auto end = view.ints(view.input(n, 2));
  const auto steps = view.ints(view.input(n, 4));
  const bool in_steps = view.input(n, 4) != no_value && (!steps || steps->size() != 1 || steps->front() != 1);
  if (in_steps || first->size() != 1 || !end || end->size() != 1) return std::nullopt;
  return std::pair(normal(first->front()), std::min(normal(end->front()), count));
}

/// Some extents in a row of a Shape that nothing else reads: a Shape from one axis to another.
std::optional<Rewrite> part_of_shape(const GraphView& view, std::int32_t n) {
  constexpr std::int64_t part_of_shape_since = 15;
  const std::int32_t shape = view.producer(view.input(n, 0));
  if (view.opset() < part_of_shape_since || shape < 0 || view.sole_user(shape) != n) return std::nullopt;
  if (!is_op(view.node(shape), "Shape") || !view.node(shape).attributes.empty()) return std::nullopt;
  const std::int64_t rank = view.rank(view.input(shape, 0));
  const auto taken = taken_in_a_row(view, n, rank);
  if (rank < 0 || !taken || taken->first < 0 || taken->first >= taken->second || taken->second > rank) {
    return std::nullopt;
  }
  RewriteBuilder builder(view, {shape, n});
  builder.replace(view.output(n, 0),
                  builder.node("Shape", {view.input(shape, 0)},
                               {make_attribute("start", taken->first), make_attribute("end", taken->second)}));
  builder.note("extents " + std::to_string(taken->first) + " to " + std::to_string(taken->second - 1));
  return builder.finish();
}

/// An axis of a graph input whose extent is free.
struct FreeExtent {
  ValueId input = no_value;
  std::int64_t axis = 0;
  std::vector<std::int64_t> sizes;  ///< by binding
};

/// The first place of each free size among the inputs.
std::vector<FreeExtent> free_extents(const GraphView& view) {
  std::vector<FreeExtent> found;
  if (!view.complete()) return found;
  for (const ValueId in : view.graph().inputs) {
    const auto shapes = view.shapes_by_binding(in);
    for (std::size_t axis = 0; !shapes.empty() && axis < shapes.front().size(); ++axis) {
      FreeExtent extent{in, static_cast<std::int64_t>(axis), {}};
      for (const Shape& shape : shapes) extent.sizes.push_back(axis < shape.size() ? shape[axis] : -1);
      const bool fixed = std::ranges::all_of(extent.sizes, [&](std::int64_t s) { return s == extent.sizes.front(); });
      if (!fixed && std::ranges::find(found, extent.sizes, &FreeExtent::sizes) == found.end()) found.push_back(extent);
    }
  }
  return found;
}

/// The Shape of one axis that has the size of an input's axis for every size: read there, so that equal ones meet.
std::optional<Rewrite> same_extent(const GraphView& view, std::int32_t n, const std::vector<FreeExtent>& extents,
                                   const std::vector<bool>& cut) {
  constexpr std::int64_t part_of_shape_since = 15;
  const ValueId out = view.output(n, 0);
  const auto values = view.ints_by_binding(out);
  if (view.opset() < part_of_shape_since || values.empty() || values.front().size() != 1) return std::nullopt;
  if (cut[static_cast<std::size_t>(view.input(n, 0))]) return std::nullopt;
  std::vector<std::int64_t> sizes;
  for (const auto& value : values) sizes.push_back(value.front());
  const auto same = std::ranges::find(extents, sizes, &FreeExtent::sizes);
  if (same == extents.end() || view.input(n, 0) == same->input) return std::nullopt;
  RewriteBuilder builder(view, {n});
  builder.replace(out, builder.node("Shape", {same->input},
                                    {make_attribute("start", same->axis), make_attribute("end", same->axis + 1)}));
  builder.note("the same as extent " + std::to_string(same->axis) + " of input " +
               view.graph().values[static_cast<std::size_t>(same->input)].name);
  return builder.finish();
}

}  // namespace

std::vector<Rewrite> find_shape_chains(const PassContext& context) {
  constexpr std::int64_t operand_since = 5;
  const GraphView& view = context.view;
  const std::vector<bool> steady = steady_values(view);
  const std::vector<FreeExtent> extents = free_extents(view);
  const std::vector<bool> cut = cut_shapes(view);
  std::vector<Rewrite> found;
  for (std::int32_t n = 0; n < view.node_count(); ++n) {
    const Node& node = view.node(n);
    if (!node.domain.empty() || has_subgraph(node)) continue;
    std::optional<Rewrite> rewrite;
    for (const ValueId out : node.outputs) {
      if (!rewrite) rewrite = steady_value(view, n, out, steady);
    }
    if (!rewrite && node.op_type == "Reshape" && view.opset() >= operand_since) rewrite = reshape(view, n);
    if (!rewrite && node.op_type == "Expand") rewrite = expand(view, n);
    if (!rewrite && node.op_type == "Unsqueeze") rewrite = one_extent(view, n);
    if (!rewrite && (node.op_type == "Gather" || node.op_type == "Slice")) rewrite = part_of_shape(view, n);
    if (!rewrite && node.op_type == "Shape") rewrite = same_extent(view, n, extents, cut);
    if (rewrite) found.push_back(*std::move(rewrite));
  }
  return found;
}

}  // namespace costscan
