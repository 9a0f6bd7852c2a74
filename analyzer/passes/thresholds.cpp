#include "passes/thresholds.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "passes/facts.hpp"

namespace costscan {
namespace {

/// Operators whose integer results follow smoothly: sums, products and selections of their operands. All others take
/// steps.
constexpr std::array<std::string_view, 24> smooth_ops{
    "Add",      "Cast",     "CastLike", "Concat", "ConstantOfShape", "Expand",    "Flatten",   "Gather",
    "GatherND", "Identity", "Mul",      "Neg",    "Reshape",         "Shape",     "Size",      "Split",
    "Squeeze",  "Sub",      "Sum",      "Tile",   "Transpose",       "Unsqueeze", "ReduceSum", "ReduceProd"};

/// What cannot be negative: extents, and sums, products and selections of such.
constexpr std::array<std::string_view, 13> keeps_sign_ops{"Add",    "Cast",      "Concat",   "Expand",  "Flatten",
                                                          "Gather", "Identity",  "Mul",      "Reshape", "Squeeze",
                                                          "Split",  "Transpose", "Unsqueeze"};

class StepFinder {
 public:
  explicit StepFinder(const GraphView& view)
      : view_(view), stepwise_(view.graph().values.size(), false), steady_(stepwise_), counts_(stepwise_) {}

  std::vector<bool> run() {
    for (std::size_t v = 0; v < stepwise_.size(); ++v) {
      const auto value = static_cast<ValueId>(v);
      if (view_.producer(value) >= 0 || !view_.is_constant(value)) continue;
      steady_[v] = true;
      counts_[v] = all_at_least_zero(value);
    }
    for (std::int32_t n = 0; n < view_.node_count(); ++n) visit(n);
    return std::move(stepwise_);
  }

 private:
  static std::size_t at(ValueId value) { return static_cast<std::size_t>(value); }

  bool all_inputs(const Node& node, const std::vector<bool>& have) const {
    return std::ranges::all_of(node.inputs, [&](ValueId in) { return in == no_value || have[at(in)]; });
  }

  bool all_at_least_zero(ValueId value) const {
    const auto ints = view_.ints(value);
    return ints && std::ranges::all_of(*ints, [](std::int64_t each) { return each >= 0; });
  }

  bool always_negative(ValueId value) const {
    const SteadyInts found = steady_ints(view_, value);
    return steady_[at(value)] && found.holds == Holds::every_binding &&
           std::ranges::all_of(found.ints, [](std::int64_t each) { return each < 0; });
  }

  /// Extents never equal negative numbers.
  bool compares_extents_with_negatives(const Node& node) const {
    if (!is_op(node, "Equal") || node.inputs.size() != 2) return false;
    const auto [a, b] = std::pair(node.inputs[0], node.inputs[1]);
    return (counts_[at(a)] && always_negative(b)) || (counts_[at(b)] && always_negative(a));
  }

  void visit(std::int32_t n) {
    const Node& node = view_.node(n);
    const bool is_shape = is_op(node, "Shape") || is_op(node, "Size");
    const bool fixed_shape = is_shape && steady_ints(view_, view_.output(n, 0)).holds == Holds::every_binding;
    const bool constant =
        std::ranges::all_of(node.outputs, [&](ValueId out) { return out == no_value || view_.is_constant(out); });
    const bool steady = constant || fixed_shape || compares_extents_with_negatives(node) ||
                        (!node.inputs.empty() && !draws_at_random(node) && all_inputs(node, steady_));
    bool steps = false;
    if (!steady && !is_shape) {
      steps = std::ranges::any_of(node.inputs, [&](ValueId in) { return in != no_value && stepwise_[at(in)]; }) ||
              !(is_any_op(node, smooth_ops) || chooses_steadily(node));
    }
    const bool counts = is_shape || (is_any_op(node, keeps_sign_ops) && all_inputs(node, counts_));
    for (const ValueId out : node.outputs) {
      if (out == no_value) continue;
      steady_[at(out)] = steady;
      stepwise_[at(out)] = steps;
      counts_[at(out)] = counts || (constant && all_at_least_zero(out));
    }
  }

  /// A Where whose condition is the same for every size only selects; so does a Slice by steady bounds.
  bool chooses_steadily(const Node& node) const {
    if (is_op(node, "Where")) return steady_[at(node.inputs.front())];
    if (!is_op(node, "Slice")) return false;
    return std::ranges::all_of(node.inputs.begin() + 1, node.inputs.end(),
                               [&](ValueId in) { return in == no_value || steady_[at(in)]; });
  }

  const GraphView& view_;
  std::vector<bool> stepwise_;
  std::vector<bool> steady_;  ///< the same for every size
  std::vector<bool> counts_;  ///< never negative
};

/// Whether the value has the same shape for every size that was tried.
bool has_steady_shape(const GraphView& view, ValueId value) {
  const auto shapes = view.shapes_by_binding(value);
  return !shapes.empty() && std::ranges::all_of(shapes, [&](const Shape& shape) { return shape == shapes.front(); });
}

/// Bounds of a Slice by axis, where they are constant.
struct ConstantBounds {
  std::vector<std::int64_t> starts;
  std::vector<std::int64_t> ends;
  std::vector<std::int64_t> axes;
};

std::optional<ConstantBounds> constant_bounds(const GraphView& view, std::int32_t n) {
  const auto list = [&](std::string_view attribute, std::size_t slot) -> std::optional<std::vector<std::int64_t>> {
    if (const auto* stated = ints_attribute(view.node(n), attribute)) return *stated;
    return view.ints(view.input(n, slot));
  };
  auto starts = list("starts", 1);
  auto ends = list("ends", 2);
  auto axes = list("axes", 3);
  const bool listed = axes || view.input(n, 3) != no_value;
  if (!starts || !ends || starts->size() != ends->size() || (listed && (!axes || axes->size() != starts->size()))) {
    return std::nullopt;
  }
  const std::int64_t rank = view.rank(view.input(n, 0));
  ConstantBounds bounds{*std::move(starts), *std::move(ends), {}};
  for (std::size_t i = 0; i < bounds.starts.size(); ++i) {
    const std::int64_t axis = axes ? (*axes)[i] : static_cast<std::int64_t>(i);
    bounds.axes.push_back(axis < 0 ? axis + rank : axis);
  }
  return bounds;
}

/// Whether an axis of free length may be cut by a number: not by one that is counted from its end, or by none.
bool slice_cuts(const GraphView& view, std::int32_t n) {
  constexpr std::int64_t all = std::numeric_limits<std::int32_t>::max();
  const auto to = view.shapes_by_binding(view.output(n, 0));
  const auto bounds = constant_bounds(view, n);
  if (to.empty() || !bounds) return true;
  for (std::size_t i = 0; i < bounds->axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(bounds->axes[i]);
    if (axis >= to.front().size()) return true;
    const bool steady = std::ranges::all_of(to, [&](const Shape& shape) { return shape[axis] == to.front()[axis]; });
    const bool keeps_the_rest = bounds->starts[i] >= 0 && (bounds->ends[i] >= all || bounds->ends[i] < 0);
    if (!steady && !keeps_the_rest) return true;
  }
  return false;
}

/// Whether the node's result may be cut, by what is known of its operands.
bool is_cut(const GraphView& view, std::int32_t n, const std::vector<bool>& cut, const std::vector<bool>& stepwise) {
  const Node& node = view.node(n);
  const auto of = [](const std::vector<bool>& flags, ValueId in) {
    return in != no_value && flags[static_cast<std::size_t>(in)];
  };
  if (is_elementwise(node)) {
    const ValueId out = view.output(n, 0);
    const bool settled = std::ranges::any_of(node.inputs, [&](ValueId in) {
      return in != no_value && !of(cut, in) && view.same_shape(in, out) == Holds::every_binding;
    });
    return !settled && std::ranges::any_of(node.inputs, [&](ValueId in) { return of(cut, in); });
  }
  return (is_op(node, "Slice") && slice_cuts(view, n)) || !view.captured(n).empty() ||
         std::ranges::any_of(node.inputs, [&](ValueId in) {
           // Contents that may be extents: small integers that shape inference follows.
           const bool extents = of(stepwise, in) && is_integer(view.dtype(in)) && !view.ints_by_binding(in).empty();
           return of(cut, in) || extents;
         });
}

}  // namespace

std::vector<bool> cut_shapes(const GraphView& view) {
  const std::vector<bool> stepwise = stepwise_values(view);
  std::vector<bool> cut(view.graph().values.size(), false);
  for (std::int32_t n = 0; n < view.node_count(); ++n) {
    const bool may_be = is_cut(view, n, cut, stepwise);
    for (const ValueId out : view.node(n).outputs) {
      if (out != no_value) cut[static_cast<std::size_t>(out)] = may_be && !has_steady_shape(view, out);
    }
  }
  return cut;
}

std::vector<bool> stepwise_values(const GraphView& view) { return StepFinder(view).run(); }

}  // namespace costscan
