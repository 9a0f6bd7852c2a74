// SiLU (Swish): the operators, and x times Sigmoid(x). Its kin with a factor inside is quick_gelu: x Sigmoid(a x).
#include <algorithm>

#include "patterns/detectors.hpp"
#include "patterns/term_polynomial.hpp"

namespace costscan {
namespace {

/// x of Sigmoid(alpha x) and alpha, by `mul`, which multiplies it by x; nullopt where it multiplies something else.
struct GatedInput {
  ValueId x = no_value;
  double alpha = 1;
  NodeTrail trail;
  bool one_x = true;
};

std::optional<GatedInput> gated_input(const GraphView& view, std::int32_t sigmoid, const ValueUse& use) {
  const ValueId other = other_operand(view, use);
  if (other == no_value) return std::nullopt;
  PolynomialReading reading;
  reading.x = view.source(other);
  const auto argument = as_polynomial(view, view.input(sigmoid, 0), reading);
  if (!argument || argument->coefficients[1][0] == 0) return std::nullopt;
  TermPolynomial linear;
  linear.coefficients[1][0] = argument->coefficients[1][0];
  if (argument->coefficients != linear.coefficients) return std::nullopt;
  GatedInput found;
  found.alpha = linear.coefficients[1][0];
  found.trail = std::move(reading.trail);
  found.one_x = reading.reads.front() == other;
  found.x = found.one_x ? other : reading.x;
  static_cast<void>(traced_source(view, view.input(use.node, static_cast<std::size_t>(use.slot)), found.trail));
  found.trail.push_back(sigmoid);
  found.trail.push_back(use.node);
  tidy_nodes(found.trail);
  return found;
}

std::vector<PatternMatch> gated_by_sigmoid(const GraphView& view, std::string_view pattern, bool plain) {
  std::vector<PatternMatch> found;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (!is_op(view.node(index), "Sigmoid")) continue;
    for (const ValueUse& use : view.canonical_uses(view.output(index, 0))) {
      if (use.slot < 0 || !is_op(view.node(use.node), "Mul")) continue;
      const auto gate = gated_input(view, index, use);
      if (!gate || (gate->alpha == 1) != plain) continue;
      PatternMatch match;
      match.pattern = pattern;
      match.variant = "sigmoid";
      match.nodes = gate->trail;
      match.tensors = {{"x", gate->x}, {"y", view.output(use.node, 0)}};
      match.numbers = {{"alpha", gate->alpha}, {"one_x", gate->one_x ? 1.0 : 0.0}};
      found.push_back(std::move(match));
    }
  }
  return found;
}

std::optional<PatternMatch> silu_op(const GraphView& view, std::int32_t index) {
  const Node& node = view.node(index);
  const bool swish = is_op(node, "Swish") && float_attribute(node, "alpha").value_or(1) == 1.0F;
  const bool quick = is_op(node, "QuickGelu", "com.microsoft") && float_attribute(node, "alpha") == 1.0F;
  if (!swish && !quick) return std::nullopt;
  PatternMatch match;
  match.pattern = "silu";
  match.variant = "op";
  match.nodes = {index};
  match.tensors = {{"x", view.input(index, 0)}, {"y", view.output(index, 0)}};
  match.numbers = {{"alpha", 1.0}};
  return match;
}

}  // namespace

std::vector<PatternMatch> find_silu(const GraphView& view) {
  std::vector<PatternMatch> found = gated_by_sigmoid(view, "silu", true);
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (auto match = silu_op(view, index)) found.push_back(*std::move(match));
  }
  std::ranges::stable_sort(found, {}, [](const PatternMatch& match) { return match.nodes.front(); });
  return found;
}

std::vector<PatternMatch> find_quick_gelu(const GraphView& view) { return gated_by_sigmoid(view, "quick_gelu", false); }

}  // namespace costscan
