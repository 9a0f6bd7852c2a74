// HardSwish: the op, x times HardSigmoid(x) with slope 1/6, and x relu6(x + 3) / 6 in any order.
#include <cmath>

#include "patterns/detectors.hpp"
#include "patterns/trace.hpp"

namespace costscan {
namespace {

bool is_near(std::optional<double> value, double expected) {
  return value && std::abs(*value - expected) < 1e-3 * std::abs(expected) + 1e-6;
}

/// Clip between 0 and 6, bounds as attributes or operands.
bool is_relu6(const GraphView& view, std::int32_t node) {
  if (!is_op(view.node(node), "Clip")) return false;
  const auto low_attribute = float_attribute(view.node(node), "min");
  const auto high_attribute = float_attribute(view.node(node), "max");
  const auto low =
      low_attribute ? std::optional<double>(*low_attribute) : view.scalar(view.source(view.input(node, 1)));
  const auto high =
      high_attribute ? std::optional<double>(*high_attribute) : view.scalar(view.source(view.input(node, 2)));
  return low && *low == 0 && is_near(high, 6);
}

/// The node as a scale by 1/6 of its operand; no_value for another node.
ValueId scaled_by_sixth(const GraphView& view, std::int32_t node) {
  const ValueId a = view.input(node, 0);
  const ValueId b = view.input(node, 1);
  if (is_op(view.node(node), "Div") && is_near(view.scalar(view.source(b)), 6)) return a;
  if (!is_op(view.node(node), "Mul")) return no_value;
  if (is_near(view.scalar(view.source(b)), 1.0 / 6)) return a;
  return is_near(view.scalar(view.source(a)), 1.0 / 6) ? b : no_value;
}

/// x of relu6(x + 3); adds its nodes.
ValueId shifted_relu6(const GraphView& view, ValueId value, std::vector<std::int32_t>& nodes) {
  const std::int32_t clip = view.source_node(value);
  if (clip < 0 || !is_relu6(view, clip)) return no_value;
  const std::int32_t add = view.source_node(view.input(clip, 0));
  if (add < 0 || !is_op(view.node(add), "Add")) return no_value;
  nodes.insert(nodes.end(), {add, clip});
  for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
    if (is_near(view.scalar(view.source(view.input(add, slot))), 3)) return view.source(view.input(add, 1 - slot));
  }
  return no_value;
}

/// x of a gate that ends in 1/6: HardSigmoid, or relu6(x + 3) / 6.
ValueId hard_gate(const GraphView& view, ValueId value, std::vector<std::int32_t>& nodes) {
  const std::int32_t node = view.source_node(value);
  if (node < 0) return no_value;
  nodes.push_back(node);
  if (is_op(view.node(node), "HardSigmoid")) {
    const double alpha = float_attribute(view.node(node), "alpha").value_or(0.2F);
    const double beta = float_attribute(view.node(node), "beta").value_or(0.5F);
    return is_near(alpha, 1.0 / 6) && is_near(beta, 0.5) ? view.source(view.input(node, 0)) : no_value;
  }
  const ValueId scaled = scaled_by_sixth(view, node);
  return scaled == no_value ? no_value : shifted_relu6(view, scaled, nodes);
}

PatternMatch hard_swish_match(const GraphView& view, std::string_view variant, std::vector<std::int32_t> nodes,
                              ValueId x, std::int32_t last) {
  PatternMatch match;
  match.pattern = "hard_swish";
  match.variant = std::string(variant);
  match.nodes = std::move(nodes);
  sort_unique(match.nodes);
  match.tensors = {{"x", x}, {"y", view.output(last, 0)}};
  return match;
}

/// x times the gate; or x times relu6(x + 3), which the one reader divides by 6.
std::optional<PatternMatch> hard_swish_product(const GraphView& view, std::int32_t mul) {
  for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
    const ValueId x = view.source(view.input(mul, 1 - slot));
    std::vector<std::int32_t> nodes{mul};
    const ValueId gated = hard_gate(view, view.input(mul, slot), nodes);
    if (gated != no_value && gated == x) {
      const bool one_op = nodes.size() == 2;
      return hard_swish_match(view, one_op ? "hard_sigmoid" : "relu6", std::move(nodes), x, mul);
    }
    nodes = {mul};
    const ValueId clipped = shifted_relu6(view, view.input(mul, slot), nodes);
    if (clipped == no_value || clipped != x) continue;
    const auto uses = view.canonical_uses(view.output(mul, 0));
    if (uses.size() != 1 || uses.front().slot < 0) continue;
    const std::int32_t scale = uses.front().node;
    if (view.source(scaled_by_sixth(view, scale)) != view.output(mul, 0)) continue;
    nodes.push_back(scale);
    return hard_swish_match(view, "relu6", std::move(nodes), x, scale);
  }
  return std::nullopt;
}

}  // namespace

std::vector<PatternMatch> find_hard_swish(const GraphView& view) {
  std::vector<PatternMatch> matches;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (is_op(view.node(index), "HardSwish")) {
      matches.push_back(hard_swish_match(view, "op", {index}, view.input(index, 0), index));
    } else if (is_op(view.node(index), "Mul")) {
      if (auto match = hard_swish_product(view, index)) matches.push_back(*std::move(match));
    }
  }
  return matches;
}

}  // namespace costscan
