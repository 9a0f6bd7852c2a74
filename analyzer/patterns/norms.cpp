#include "patterns/norms.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "patterns/norm_parts.hpp"

namespace costscan {
namespace {

/// A norm is of the form of the first of its means that has one.
void take_form(Norm& norm, const RowStatistic& mean) {
  if (norm.form.empty()) norm.form = mean.form;
  norm.by_binding_only = norm.by_binding_only || mean.by_binding_only;
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
      if (!take_offset(norm, other_operand(view_, use), scale, !added)) continue;
      norm.y = view_.output(use.node, 0);
      return norm;
    }
    return std::nullopt;
  }

  /// `value` (or its negation, where it is subtracted) as beta - mean * scale, or as that without beta.
  [[nodiscard]] bool take_offset(Norm& norm, ValueId value, ValueId scale, bool subtracted) const {
    if (const auto negated = scaled_mean(norm, value, scale)) return *negated != subtracted;
    Norm attempt = norm;
    bool turned = subtracted;
    const std::int32_t node = view_.producer(without_sign(value, turned, attempt.nodes));
    if (node < 0 || norm.beta != no_value) return false;
    const bool minus = is_op(view_.node(node), "Sub");
    if (!minus && !is_op(view_.node(node), "Add")) return false;
    attempt.nodes.push_back(node);
    if (!take_beta(attempt, node, scale, minus, turned)) return false;
    norm = std::move(attempt);
    return true;
  }

  /// A sum or difference of beta and a scaled mean, in either order.
  [[nodiscard]] bool take_beta(Norm& norm, std::int32_t node, ValueId scale, bool minus, bool subtracted) const {
    for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
      const bool beta_negated = minus && slot == 1;
      if (beta_negated != subtracted || !is_affine_operand(view_, view_.input(node, slot), norm)) continue;
      Norm attempt = norm;
      attempt.beta = view_.input(node, slot);
      if (!take_offset(attempt, view_.input(node, 1 - slot), scale, subtracted != (minus && slot == 0))) continue;
      norm = std::move(attempt);
      return true;
    }
    return false;
  }

  /// A value without the Neg nodes that make it; `negated` is turned by each.
  [[nodiscard]] ValueId without_sign(ValueId value, bool& negated, NodeTrail& nodes) const {
    for (;;) {
      value = traced_source(view_, value, nodes);
      const std::int32_t node = view_.producer(value);
      if (node < 0 || !is_op(view_.node(node), "Neg")) return value;
      nodes.push_back(node);
      negated = !negated;
      value = view_.input(node, 0);
    }
  }

  /// Whether `value` is the negated mean times the scale (or the mean: false); nullopt where it is neither.
  [[nodiscard]] std::optional<bool> scaled_mean(Norm& norm, ValueId value, ValueId scale) const {
    NodeTrail nodes;
    bool outer = false;
    const std::int32_t mul = view_.producer(without_sign(value, outer, nodes));
    if (mul < 0 || !is_op(view_.node(mul), "Mul") || view_.node(mul).inputs.size() != 2) return std::nullopt;
    nodes.push_back(mul);
    NodeTrail unused;
    const ValueId wanted = traced_elements(view_, scale, unused);
    for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
      bool negated = outer;
      NodeTrail passed;
      const ValueId factor = without_sign(view_.input(mul, slot), negated, passed);
      if (traced_elements(view_, factor, unused) != wanted) continue;
      const auto mean = as_mean(view_, without_sign(view_.input(mul, 1 - slot), negated, passed));
      if (!mean || view_.source(mean->x) != view_.source(norm.x) || mean->axes != norm.axes) continue;
      for (const auto& part : {mean->nodes, nodes, passed}) {
        norm.nodes.insert(norm.nodes.end(), part.begin(), part.end());
      }
      take_form(norm, *mean);
      return negated;
    }
    return std::nullopt;
  }

  /// Whether `value` is what was squared; its nodes then belong to the norm.
  [[nodiscard]] bool take_base(Norm& norm, ValueId value) const {
    if (norm.centered) {
      const auto found = as_centered(view_, value);
      if (!found || view_.source(found->x) != view_.source(norm.x) || found->axes != norm.axes) return false;
      norm.nodes.insert(norm.nodes.end(), found->nodes.begin(), found->nodes.end());
      norm.one_x = norm.one_x && found->x == norm.x;
      take_form(norm, *found);
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

/// From the mean of squares, or the variance, to gamma and beta.
std::optional<Norm> norm_below(const GraphView& view, Norm start, ValueId base, ValueId mean_square) {
  auto found = Descent(view, std::move(start), base).from_mean_square(mean_square);
  if (!found) return std::nullopt;
  const bool shifted = found->centered && found->normalized == no_value && found->beta != no_value;
  if (found->gamma == no_value) take_affine(view, *found, "Mul", found->gamma);
  if (found->centered && !shifted) take_affine(view, *found, "Add", found->beta);
  if (!found->one_x) found->x = view.source(found->x);
  tidy_nodes(found->nodes);
  return found;
}

/// A mean of squares, and what is squared.
struct MeanSquare {
  RowStatistic mean;  ///< of the squares, or of what is squared where the reduction squares by itself
  SquaredTerm square;
};

std::optional<MeanSquare> mean_square_at(const GraphView& view, std::int32_t node) {
  auto mean = mean_at(view, node);
  if (!mean) return std::nullopt;
  if (mean->of_squares) return MeanSquare{*mean, {mean->x, {}}};
  if (auto square = as_square(view, mean->x)) return MeanSquare{*std::move(mean), *std::move(square)};
  NodeTrail unused;
  const ValueId before = traced_elements(view, mean->x, unused);
  if (before == view.source(mean->x)) return std::nullopt;
  auto square = as_square(view, before);
  auto seen = square ? seen_before_views(view, *std::move(mean), before) : std::nullopt;
  return seen ? std::optional(MeanSquare{*std::move(seen), *std::move(square)}) : std::nullopt;
}

std::optional<Norm> decomposed_norm(const GraphView& view, std::int32_t node) {
  const auto found = mean_square_at(view, node);
  if (!found) return std::nullopt;
  Norm norm;
  norm.axes = found->mean.axes;
  norm.nodes = found->square.nodes;
  norm.nodes.insert(norm.nodes.end(), found->mean.nodes.begin(), found->mean.nodes.end());
  norm.x = found->square.base;
  take_form(norm, found->mean);
  const auto centered = as_centered(view, found->square.base, true);
  if (centered && centered->axes == norm.axes) {
    norm.centered = true;
    norm.x = centered->x;
    norm.nodes.insert(norm.nodes.end(), centered->nodes.begin(), centered->nodes.end());
    take_form(norm, *centered);
  }
  return norm_below(view, std::move(norm), found->square.base, view.output(node, 0));
}

/// A variance kept from falling below 0 by Relu, Clip or Max: what its readers read. Else the variance.
ValueId not_negative(const GraphView& view, ValueId variance, NodeTrail& nodes) {
  const auto use = sole_canonical_use(view, variance);
  if (!use) return variance;
  const Node& node = view.node(use->node);
  const bool clips = is_op(node, "Relu") || is_op(node, "Clip") ||
                     (is_op(node, "Max") && scalar_term(view, other_operand(view, *use)) == 0.0);
  if (!clips) return variance;
  nodes.push_back(use->node);
  return view.output(use->node, 0);
}

/// Layer normalisation whose variance is mean(x * x) - mean(x) * mean(x), by its subtraction.
std::optional<Norm> norm_by_moments(const GraphView& view, std::int32_t sub) {
  Norm norm;
  norm.centered = true;
  norm.form = "moments";
  const auto of_squares = as_mean(view, view.input(sub, 0));
  const auto square_of = as_square(view, view.input(sub, 1));
  if (!of_squares || !square_of) return std::nullopt;
  const auto square = as_square(view, of_squares->x);
  const auto mean = as_mean(view, square_of->base);
  const bool one =
      square && mean && view.source(square->base) == view.source(mean->x) && mean->axes == of_squares->axes;
  if (!one) return std::nullopt;
  norm.x = square->base;
  norm.axes = mean->axes;
  norm.nodes = {sub};
  for (const NodeTrail* part : {&of_squares->nodes, &square_of->nodes, &square->nodes, &mean->nodes}) {
    norm.nodes.insert(norm.nodes.end(), part->begin(), part->end());
  }
  const ValueId variance = not_negative(view, view.output(sub, 0), norm.nodes);
  const ValueId x = norm.x;
  return norm_below(view, std::move(norm), x, variance);
}

}  // namespace

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

std::vector<Norm> find_norms(const GraphView& view) {
  std::vector<Norm> found;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (auto norm = decomposed_norm(view, index)) {
      found.push_back(*std::move(norm));
    } else if (auto op = norm_op(view, index)) {
      found.push_back(*std::move(op));
    }
  }
  return found;
}

std::vector<Norm> find_other_norms(const GraphView& view) {
  std::vector<Norm> found;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (is_op(view.node(index), "Sub")) {
      if (auto norm = norm_by_moments(view, index)) found.push_back(*std::move(norm));
    } else if (is_op(view.node(index), "ReduceL2")) {
      if (auto norm = norm_by_length(view, index)) found.push_back(*std::move(norm));
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
  match.variant = norm.is_op ? "op" : norm.form.empty() ? "decomposed" : std::string(norm.form);
  match.nodes = norm.nodes;
  match.tensors = {{"x", norm.x}, {"y", norm.y}};
  if (norm.gamma != no_value) match.tensors.emplace_back("gamma", norm.gamma);
  if (norm.beta != no_value) match.tensors.emplace_back("beta", norm.beta);
  if (norm.epsilon) match.numbers.emplace_back("epsilon", *norm.epsilon);
  match.numbers.emplace_back("axes", static_cast<double>(trailing_axes(view, norm)));
  return match;
}

}  // namespace costscan
