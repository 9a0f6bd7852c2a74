// RMS normalisation by the Euclidean length: x / max(|x|, epsilon) * sqrt(n) * gamma.
#include <cmath>

#include "model/checked_math.hpp"
#include "patterns/norm_parts.hpp"
#include "patterns/norms.hpp"

namespace costscan {
namespace {

/// The divisor that a length becomes: behind Clip or Max with a scalar, and Expand.
ValueId as_divisor(const GraphView& view, ValueId length, Norm& norm) {
  constexpr int most_steps = 4;
  for (int step = 0; step < most_steps; ++step) {
    const auto use = sole_canonical_use(view, length);
    if (!use) return length;
    const Node& node = view.node(use->node);
    const bool clips = is_op(node, "Clip") || is_op(node, "Max");
    if (!clips && !(is_op(node, "Expand") && use->slot == 0)) return length;
    if (is_op(node, "Max")) norm.epsilon = scalar_term(view, other_operand(view, *use));
    if (is_op(node, "Clip")) {
      const auto stated = float_attribute(node, "min");
      norm.epsilon = stated ? std::optional<double>(*stated) : scalar_term(view, view.input(use->node, 1));
    }
    if (clips && !norm.epsilon) return length;
    norm.nodes.push_back(use->node);
    length = view.output(use->node, 0);
  }
  return length;
}

/// The root of the number of elements along the normalised axes; nullopt where it is not known.
std::optional<double> root_of_count(const GraphView& view, const Norm& norm) {
  const Shape* shape = view.shape(norm.x);
  if (shape == nullptr) return std::nullopt;
  Shape along;
  for (const std::int64_t axis : norm.axes) along.push_back((*shape)[static_cast<std::size_t>(axis)]);
  const auto count = element_count(along);
  return count ? std::optional(std::sqrt(static_cast<double>(*count))) : std::nullopt;
}

/// Mul nodes behind y, each its one reader: by the root of the count, once, and by gamma. False without the root: then
/// it is a direction, not a norm.
bool take_factors(const GraphView& view, Norm& norm, double root) {
  bool scaled = false;
  for (int step = 0; step < 2; ++step) {
    const auto use = sole_canonical_use(view, norm.y);
    if (!use || !is_op(view.node(use->node), "Mul")) break;
    const ValueId factor = other_operand(view, *use);
    const auto scalar = scalar_term(view, factor);
    if (!scaled && scalar && is_rounded(*scalar, root, view.dtype(norm.y))) {
      scaled = true;
    } else if (norm.gamma == no_value && is_affine_operand(view, factor, norm)) {
      norm.gamma = factor;
    } else {
      break;
    }
    norm.nodes.push_back(use->node);
    norm.y = view.output(use->node, 0);
  }
  return scaled;
}

}  // namespace

std::optional<Norm> norm_by_length(const GraphView& view, std::int32_t length) {
  const auto axes = reduced_axes(view, length);
  if (!axes) return std::nullopt;
  Norm norm;
  norm.form = "length";
  norm.x = view.input(length, 0);
  norm.axes = *axes;
  norm.nodes = {length};
  const ValueId divisor = as_divisor(view, view.output(length, 0), norm);
  const auto root = root_of_count(view, norm);
  for (const ValueUse& use : view.canonical_uses(divisor)) {
    if (use.slot != 1 || !is_op(view.node(use.node), "Div") || !root) continue;
    if (view.source(view.input(use.node, 0)) != view.source(norm.x)) continue;
    norm.nodes.push_back(use.node);
    norm.y = view.output(use.node, 0);
    if (!take_factors(view, norm, *root)) return std::nullopt;
    tidy_nodes(norm.nodes);
    return norm;
  }
  return std::nullopt;
}

}  // namespace costscan
