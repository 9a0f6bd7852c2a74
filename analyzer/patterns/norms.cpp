#include "patterns/norms.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "patterns/norm_parts.hpp"

namespace costscan {
namespace {

/// Whether `value` can be a gamma or beta: a weight or an input that varies along the normalised axes only.
bool is_affine_operand(const GraphView& view, ValueId value, const Norm& norm) {
  if (value == no_value) return false;
  const bool given = view.graph().values[static_cast<std::size_t>(value)].origin == ValueOrigin::graph_input;
  const Shape* here = view.shape(value);
  const Shape* whole = view.shape(norm.x);
  if ((!given && !view.is_constant(value)) || here == nullptr || whole == nullptr || here->size() > whole->size())
    return false;
  const std::size_t missing = whole->size() - here->size();
  for (std::size_t i = 0; i < whole->size(); ++i) {
    const bool normalised = std::ranges::find(norm.axes, static_cast<std::int64_t>(i)) != norm.axes.end();
    if ((i < missing ? 1 : (*here)[i - missing]) != (normalised ? (*whole)[i] : 1)) return false;
  }
  return true;
}

/// From the mean of squares down to the normalised value. Each step takes the state by value: it may turn out wrong.
class Descent {
 public:
  Descent(const GraphView& view, Norm start, ValueId base) : view_(view), start_(std::move(start)), base_(base) {}

  [[nodiscard]] std::optional<Norm> from_mean_square(ValueId mean) const {
    for (const ValueUse& use : element_uses(view_, mean)) {
      if (use.slot < 0 || !is_op(view_.node(use.node), "Add")) continue;
      const auto epsilon = scalar_term(view_, other_operand(view_, use));
      if (!epsilon) continue;
      Norm norm = start_;
      step(norm, use);
      norm.epsilon = epsilon;
      if (auto found = root(norm, view_.output(use.node, 0))) return found;
    }
    return root(start_, mean);
  }

 private:
  void step(Norm& norm, const ValueUse& use) const {
    static_cast<void>(traced_elements(view_, view_.input(use.node, static_cast<std::size_t>(use.slot)), norm.nodes));
    norm.nodes.push_back(use.node);
  }

  [[nodiscard]] std::optional<Norm> root(const Norm& start, ValueId value) const {
    for (const ValueUse& use : element_uses(view_, value)) {
      if (use.slot != 0) continue;
      const Node& node = view_.node(use.node);
      Norm norm = start;
      step(norm, use);
      std::optional<Norm> found;
      if (is_op(node, "Sqrt")) found = deviation(norm, view_.output(use.node, 0));
      if (is_op(node, "Reciprocal")) found = root_of_inverse(norm, view_.output(use.node, 0));
      if (is_op(node, "Pow")) {
        const auto exponent = scalar_term(view_, view_.input(use.node, 1));
        if (exponent == 0.5) found = deviation(norm, view_.output(use.node, 0));
        if (exponent == -0.5) found = inverse(norm, view_.output(use.node, 0));
      }
      if (found) return found;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Norm> root_of_inverse(const Norm& start, ValueId value) const {
    for (const ValueUse& use : element_uses(view_, value)) {
      if (use.slot != 0 || !is_op(view_.node(use.node), "Sqrt")) continue;
      Norm norm = start;
      step(norm, use);
      if (auto found = inverse(norm, view_.output(use.node, 0))) return found;
    }
    return std::nullopt;
  }

  /// `value` is the root: what is normalised is divided by it, or multiplied by its reciprocal.
  [[nodiscard]] std::optional<Norm> deviation(const Norm& start, ValueId value) const {
    for (const ValueUse& use : element_uses(view_, value)) {
      if (use.slot < 0) continue;
      Norm norm = start;
      step(norm, use);
      const ValueId out = view_.output(use.node, 0);
      if (is_op(view_.node(use.node), "Reciprocal")) {
        if (auto found = inverse(norm, out)) return found;
      }
      if (use.slot != 1 || !is_op(view_.node(use.node), "Div")) continue;
      const ValueId above = view_.input(use.node, 0);
      if (take_base(norm, above) && fits(norm, use)) return ended(norm, out);
      if (scalar_term(view_, above) == 1.0) {
        if (auto found = inverse(norm, out)) return found;
      } else if (is_affine_operand(view_, above, norm)) {
        norm.gamma = above;
        if (auto found = inverse(norm, out)) return found;
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Norm> inverse(const Norm& start, ValueId value) const {
    for (const ValueUse& use : element_uses(view_, value)) {
      if (use.slot < 0 || !is_op(view_.node(use.node), "Mul")) continue;
      Norm norm = start;
      step(norm, use);
      const ValueId other = other_operand(view_, use);
      const ValueId out = view_.output(use.node, 0);
      if (take_base(norm, other)) {
        if (norm.gamma != no_value || fits(norm, use)) return ended(norm, out);
        continue;
      }
      if (norm.gamma == no_value && is_affine_operand(view_, other, norm)) {
        norm.gamma = other;
        if (auto found = inverse(norm, out)) return found;
        continue;
      }
      // x * r + (beta - mean * r), r the reciprocal root times gamma: TensorFlow's batch_normalization.
      if (norm.centered && view_.source(other) == view_.source(norm.x)) {
        if (auto found = shifted(norm, value, out)) return found;
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Norm> shifted(const Norm& start, ValueId scale, ValueId scaled) const {
    for (const ValueUse& use : view_.canonical_uses(scaled)) {
      const bool added = is_op(view_.node(use.node), "Add");
      if (!added && !(is_op(view_.node(use.node), "Sub") && use.slot == 0)) continue;
      Norm norm = start;
      step(norm, use);
      ValueId offset = other_operand(view_, use);
      if (added) {
        const std::int32_t sub = view_.producer(traced_source(view_, offset, norm.nodes));
        if (sub < 0 || !is_op(view_.node(sub), "Sub")) continue;
        if (!is_affine_operand(view_, view_.input(sub, 0), norm)) continue;
        norm.beta = view_.input(sub, 0);
        norm.nodes.push_back(sub);
        offset = view_.input(sub, 1);
      }
      if (!is_scaled_mean(norm, offset, scale)) continue;
      norm.y = view_.output(use.node, 0);
      return norm;
    }
    return std::nullopt;
  }

  [[nodiscard]] bool is_scaled_mean(Norm& norm, ValueId value, ValueId scale) const {
    const std::int32_t mul = view_.producer(traced_source(view_, value, norm.nodes));
    if (mul < 0 || !is_op(view_.node(mul), "Mul") || view_.node(mul).inputs.size() != 2) return false;
    for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
      NodeTrail unused;
      if (traced_elements(view_, view_.input(mul, slot), unused) != traced_elements(view_, scale, unused)) continue;
      const auto mean = as_mean(view_, view_.input(mul, 1 - slot));
      if (!mean || view_.source(mean->x) != view_.source(norm.x) || mean->axes != norm.axes) continue;
      norm.nodes.insert(norm.nodes.end(), mean->nodes.begin(), mean->nodes.end());
      norm.nodes.push_back(mul);
      return true;
    }
    return false;
  }

  /// Whether `value` is what was squared; its nodes then belong to the norm.
  [[nodiscard]] bool take_base(Norm& norm, ValueId value) const {
    if (norm.centered) {
      const auto found = as_centered(view_, value);
      const auto squared = as_centered(view_, base_);
      if (!found || !squared || !same_centered(view_, *found, *squared)) return false;
      norm.nodes.insert(norm.nodes.end(), found->nodes.begin(), found->nodes.end());
      norm.one_x = norm.one_x && found->x == norm.x;
      return true;
    }
    if (view_.source(value) != view_.source(base_)) return false;
    norm.one_x = norm.one_x && value == norm.x;
    return true;
  }

  [[nodiscard]] bool fits(const Norm& norm, const ValueUse& root) const {
    return is_row_statistic(view_, view_.input(root.node, static_cast<std::size_t>(root.slot)), norm.x, norm.axes);
  }

  [[nodiscard]] static std::optional<Norm> ended(Norm norm, ValueId out) {
    if (norm.gamma == no_value) norm.normalized = out;
    norm.y = out;
    return norm;
  }

  const GraphView& view_;
  Norm start_;
  ValueId base_;
};

/// Takes in the Mul by gamma or the Add of beta that alone reads y.
bool take_affine(const GraphView& view, Norm& norm, std::string_view op_type, ValueId& role) {
  const auto use = sole_canonical_use(view, norm.y);
  if (!use || !is_op(view.node(use->node), op_type)) return false;
  const ValueId other = other_operand(view, *use);
  if (!is_affine_operand(view, other, norm)) return false;
  static_cast<void>(traced_source(view, view.input(use->node, static_cast<std::size_t>(use->slot)), norm.nodes));
  norm.nodes.push_back(use->node);
  norm.y = view.output(use->node, 0);
  role = other;
  return true;
}

std::optional<Norm> decomposed_norm(const GraphView& view, std::int32_t mean) {
  auto square = as_square(view, view.input(mean, 0));
  const auto axes = reduced_axes(view, mean);
  if (!square || !axes) return std::nullopt;
  Norm norm;
  norm.axes = *axes;
  norm.nodes = square->nodes;
  norm.nodes.push_back(mean);
  norm.x = square->base;
  const auto centered = as_centered(view, square->base);
  if (centered && centered->axes == *axes) {
    norm.centered = true;
    norm.x = centered->x;
    norm.nodes.insert(norm.nodes.end(), centered->nodes.begin(), centered->nodes.end());
  }
  auto found = Descent(view, norm, square->base).from_mean_square(view.output(mean, 0));
  if (!found) return std::nullopt;
  const bool shifted = found->centered && found->normalized == no_value && found->beta != no_value;
  if (found->gamma == no_value) take_affine(view, *found, "Mul", found->gamma);
  if (found->centered && !shifted) take_affine(view, *found, "Add", found->beta);
  if (!found->one_x) found->x = view.source(found->x);
  tidy_nodes(found->nodes);
  return found;
}

struct NormOp {
  std::string_view op_type;
  bool centered;
  std::size_t gamma;  ///< input slots
  std::size_t beta;   ///< as large as none: absent
};

constexpr std::size_t no_slot = 99;
constexpr std::array<NormOp, 8> norm_ops{{
    {"LayerNormalization", true, 1, 2},
    {"SkipLayerNormalization", true, 2, 3},
    {"EmbedLayerNormalization", true, 5, 6},
    {"QOrderedLayerNormalization", true, 2, 3},
    {"RMSNormalization", false, 1, no_slot},
    {"SimplifiedLayerNormalization", false, 1, no_slot},
    {"SkipSimplifiedLayerNormalization", false, 2, no_slot},
    {"GatedRMSNorm", false, 1, no_slot},
}};

std::optional<Norm> norm_op(const GraphView& view, std::int32_t index) {
  const Node& node = view.node(index);
  const auto* op = std::ranges::find(norm_ops, node.op_type, &NormOp::op_type);
  if (op == norm_ops.end() || !(node.domain.empty() || node.domain == "com.microsoft")) return std::nullopt;
  Norm norm;
  norm.is_op = true;
  norm.centered = op->centered;
  norm.x = view.input(index, 0);
  norm.gamma = view.input(index, op->gamma);
  norm.beta = view.input(index, op->beta);
  norm.y = view.output(index, 0);
  const bool joined = node.op_type.starts_with("Skip") || node.op_type.starts_with("Embed");
  norm.epsilon = float_attribute(node, "epsilon").value_or(joined ? 1e-12F : 1e-5F);
  norm.nodes = {index};
  const std::int64_t rank = view.rank(norm.y);
  std::int64_t axis = int_attribute(node, "axis").value_or(-1);
  axis += axis < 0 ? rank : 0;
  for (; rank >= 0 && axis >= 0 && axis < rank; ++axis) norm.axes.push_back(axis);
  return norm;
}

}  // namespace

std::vector<Norm> find_norms(const GraphView& view) {
  std::vector<Norm> found;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (is_op(view.node(index), "ReduceMean")) {
      if (auto norm = decomposed_norm(view, index)) found.push_back(*std::move(norm));
    } else if (auto op = norm_op(view, index)) {
      found.push_back(*std::move(op));
    }
  }
  return found;
}

std::int64_t trailing_axes(const GraphView& view, const Norm& norm) {
  const std::int64_t rank = view.rank(norm.x);
  const auto count = static_cast<std::int64_t>(norm.axes.size());
  // Ascending and distinct: the last ones where the first one is where they have to begin.
  return count > 0 && count <= rank && norm.axes.front() == rank - count ? count : 0;
}

PatternMatch norm_match(const GraphView& view, const Norm& norm, std::string_view pattern) {
  PatternMatch match;
  match.pattern = pattern;
  match.variant = norm.is_op ? "op" : "decomposed";
  match.nodes = norm.nodes;
  match.tensors = {{"x", norm.x}, {"y", norm.y}};
  if (norm.gamma != no_value) match.tensors.emplace_back("gamma", norm.gamma);
  if (norm.beta != no_value) match.tensors.emplace_back("beta", norm.beta);
  if (norm.epsilon) match.numbers.emplace_back("epsilon", *norm.epsilon);
  match.numbers.emplace_back("axes", static_cast<double>(trailing_axes(view, norm)));
  return match;
}

}  // namespace costscan
