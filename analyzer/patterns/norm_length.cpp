// RMS normalisation by the Euclidean length: x / max(|x|, epsilon) * sqrt(n) * gamma, or x / (|x| / sqrt(n) + epsilon).
#include <cmath>

#include "model/checked_math.hpp"
#include "patterns/norm_parts.hpp"
#include "patterns/norms.hpp"

namespace costscan {
namespace {

/// Whether the reader makes a length the root of the mean square: divides it by the root of the number of elements.
bool is_over_root(const GraphView& view, const ValueUse& use, double root) {
  const Node& node = view.node(use.node);
  const bool divides = is_op(node, "Div") && use.slot == 0;
  const auto factor = divides || is_op(node, "Mul") ? scalar_term(view, other_operand(view, use)) : std::nullopt;
  return factor && is_rounded(*factor, divides ? root : 1 / root, view.dtype(view.output(use.node, 0)));
}

/// The divisor that a length becomes: behind a Clip, Max or Add with a scalar, Expand, and the root of the number of
/// elements, `over_root` then.
ValueId as_divisor(const GraphView& view, ValueId length, double root, Norm& norm, bool& over_root) {
  constexpr int most_steps = 4;
  for (int step = 0; step < most_steps; ++step) {
    const auto use = sole_canonical_use(view, length);
    if (!use) return length;
    const Node& node = view.node(use->node);
    const bool scaled = !over_root && is_over_root(view, *use, root);
    const bool bounds = is_op(node, "Clip") || is_op(node, "Max") || is_op(node, "Add");
    if (!scaled && !bounds && !(is_op(node, "Expand") && use->slot == 0)) return length;
    if (is_op(node, "Max") || is_op(node, "Add")) norm.epsilon = scalar_term(view, other_operand(view, *use));
    if (is_op(node, "Clip")) {
      const auto stated = float_attribute(node, "min");
      norm.epsilon = stated ? std::optional<double>(*stated) : scalar_term(view, view.input(use->node, 1));
    }
    if (bounds && !norm.epsilon) return length;
    over_root = over_root || scaled;
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

/// Mul nodes behind y, each its one reader: by the root of the count, once in all, and by gamma. False without the
/// root: then it is a direction, not a norm.
bool take_factors(const GraphView& view, Norm& norm, double root, bool scaled) {
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
  const auto root = root_of_count(view, norm);
  if (!root) return std::nullopt;
  bool over_root = false;
  const ValueId divisor = as_divisor(view, view.output(length, 0), *root, norm, over_root);
  for (const ValueUse& use : view.canonical_uses(divisor)) {
    if (use.slot != 1 || !is_op(view.node(use.node), "Div")) continue;
    if (view.source(view.input(use.node, 0)) != view.source(norm.x)) continue;
    norm.nodes.push_back(use.node);
    norm.y = view.output(use.node, 0);
    if (!take_factors(view, norm, *root, over_root)) return std::nullopt;
    tidy_nodes(norm.nodes);
    return norm;
  }
  return std::nullopt;
}

}  // namespace costscan
