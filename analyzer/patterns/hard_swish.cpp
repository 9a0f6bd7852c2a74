// HardSwish: the op, or x times its gate: HardSigmoid(x) of slope 1/6, relu6(x + 3) / 6, clip(x / 6 + 1/2, 0, 1).
// Bounds by Clip, Relu, Min and Max; factors in any order.
#include <algorithm>
#include <cmath>
#include <limits>

#include "patterns/detectors.hpp"
#include "patterns/term_polynomial.hpp"

namespace costscan {
namespace {

constexpr double sixth = 1.0 / 6;

/// What a node, or two in a row, keep a value within.
struct Bounded {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  ValueId of = no_value;
  NodeTrail nodes;
};

/// A bound of Clip: attribute or operand; nullopt where it is computed.
std::optional<double> clip_bound(const GraphView& view, std::int32_t clip, std::string_view name, std::size_t slot,
                                 double without) {
  if (const auto stated = float_attribute(view.node(clip), name)) return *stated;
  return view.input(clip, slot) == no_value ? std::optional(without) : scalar_term(view, view.input(clip, slot));
}

/// The node's own bounds and operand; `of` stays no_value for other nodes.
Bounded bounded_once(const GraphView& view, std::int32_t node) {
  Bounded found;
  const Node& here = view.node(node);
  if (is_op(here, "Clip")) {
    const auto low = clip_bound(view, node, "min", 1, found.low);
    const auto high = clip_bound(view, node, "max", 2, found.high);
    if (!low || !high) return found;
    found.low = *low;
    found.high = *high;
    found.of = view.input(node, 0);
  } else if (is_op(here, "Relu")) {
    found.low = 0;
    found.of = view.input(node, 0);
  } else if ((is_op(here, "Min") || is_op(here, "Max")) && here.inputs.size() == 2) {
    for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
      const auto bound = scalar_term(view, view.input(node, slot));
      if (!bound || found.of != no_value) continue;
      (is_op(here, "Min") ? found.high : found.low) = *bound;
      found.of = view.input(node, 1 - slot);
    }
  }
  found.nodes = {node};
  return found;
}

Bounded bounded_by(const GraphView& view, std::int32_t node) {
  Bounded found = bounded_once(view, node);
  if (found.of == no_value || (std::isfinite(found.low) && std::isfinite(found.high))) return found;
  const std::int32_t above = view.source_node(found.of);
  if (above < 0) return found;
  const Bounded first = bounded_once(view, above);
  if (first.of == no_value) return found;
  found.low = std::max(found.low, first.low);
  found.high = std::min(found.high, first.high);
  found.of = first.of;
  found.nodes.push_back(above);
  return found;
}

/// A gate e of x: which polynomial of x it is a function of, and which polynomial of x and e is HardSwish.
struct HardGate {
  std::string_view variant;
  ValueId argument = no_value;
  double slope = 1;   ///< of x in the argument
  double offset = 0;  ///< of the argument
  double factor = 1;  ///< y = factor x e
  NodeTrail nodes;
};

bool is_about(double value, double expected) { return std::abs(value - expected) <= 1e-3 * std::abs(expected) + 1e-6; }

std::optional<HardGate> hard_gate(const GraphView& view, std::int32_t index) {
  const Node& node = view.node(index);
  if (is_op(node, "HardSigmoid")) {
    const double alpha = float_attribute(node, "alpha").value_or(0.2F);
    const double beta = float_attribute(node, "beta").value_or(0.5F);
    if (!is_about(alpha, sixth) || !is_about(beta, 0.5)) return std::nullopt;
    return HardGate{"hard_sigmoid", view.input(index, 0), 1, 0, 1, {index}};
  }
  const Bounded bounds = bounded_by(view, index);
  if (bounds.of == no_value || bounds.low != 0) return std::nullopt;
  if (is_about(bounds.high, 6)) return HardGate{"relu6", bounds.of, 1, 3, sixth, bounds.nodes};
  if (bounds.high == 1) return HardGate{"unit_clip", bounds.of, sixth, 0.5, 1, bounds.nodes};
  return std::nullopt;
}

/// Whether these are the only coefficients; constants of 1/6 are rounded in many ways.
bool has_only(const TermPolynomial& found, const TermPolynomial& expected) {
  for (std::size_t i = 0; i < found.coefficients.size(); ++i) {
    for (std::size_t j = 0; j < found.coefficients[i].size(); ++j) {
      if (!is_about(found.coefficients[i][j], expected.coefficients[i][j])) return false;
    }
  }
  return true;
}

PatternMatch hard_swish_match(std::string_view variant, NodeTrail nodes, ValueId x, ValueId y) {
  PatternMatch match;
  match.pattern = "hard_swish";
  match.variant = std::string(variant);
  match.nodes = std::move(nodes);
  tidy_nodes(match.nodes);
  match.tensors = {{"x", x}, {"y", y}};
  return match;
}

std::optional<PatternMatch> hard_swish_at(const GraphView& view, std::int32_t index) {
  const auto gate = hard_gate(view, index);
  if (!gate) return std::nullopt;
  TermPolynomial argument;
  argument.coefficients[0][0] = gate->offset;
  argument.coefficients[1][0] = gate->slope;
  TermPolynomial product;
  product.coefficients[1][1] = gate->factor;
  const ValueId e = view.output(index, 0);
  for (const ValueId x : polynomial_arguments(view, gate->argument)) {
    PolynomialReading inner;
    inner.x = x;
    const auto found = as_polynomial(view, gate->argument, inner);
    if (!found || !has_only(*found, argument)) continue;
    for (const ValueId y : polynomial_results(view, e)) {
      PolynomialReading outer = inner;
      outer.e = e;
      const auto whole = as_polynomial(view, y, outer);
      if (!whole || !has_only(*whole, product)) continue;
      outer.trail.insert(outer.trail.end(), gate->nodes.begin(), gate->nodes.end());
      return hard_swish_match(gate->variant, std::move(outer.trail), x, y);
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<PatternMatch> find_hard_swish(const GraphView& view) {
  std::vector<PatternMatch> matches;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (is_op(view.node(index), "HardSwish")) {
      matches.push_back(hard_swish_match("op", {index}, view.input(index, 0), view.output(index, 0)));
    } else if (auto match = hard_swish_at(view, index)) {
      matches.push_back(*std::move(match));
    }
  }
  return matches;
}

}  // namespace costscan
