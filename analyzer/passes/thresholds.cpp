#include "passes/thresholds.hpp"

#include <algorithm>
#include <array>
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

}  // namespace

std::vector<bool> stepwise_values(const GraphView& view) { return StepFinder(view).run(); }

}  // namespace costscan
