// Mish: the op, and x tanh(softplus(x)) with softplus as an op or as log(1 + exp(x)).
#include "patterns/detectors.hpp"
#include "patterns/trace.hpp"

namespace costscan {
namespace {

/// x of softplus(x); adds its nodes.
ValueId softplus_operand(const GraphView& view, ValueId value, std::vector<std::int32_t>& nodes) {
  const std::int32_t node = view.source_node(value);
  if (node < 0) return no_value;
  nodes.push_back(node);
  if (is_op(view.node(node), "Softplus")) return view.source(view.input(node, 0));
  if (!is_op(view.node(node), "Log")) return no_value;
  const std::int32_t add = view.source_node(view.input(node, 0));
  if (add < 0 || !is_op(view.node(add), "Add")) return no_value;
  for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
    const std::int32_t exp = view.source_node(view.input(add, slot));
    const bool plus_one = view.scalar(view.source(view.input(add, 1 - slot))) == 1.0;
    if (exp < 0 || !is_op(view.node(exp), "Exp") || !plus_one) continue;
    nodes.insert(nodes.end(), {add, exp});
    return view.source(view.input(exp, 0));
  }
  return no_value;
}

std::optional<PatternMatch> mish_product(const GraphView& view, std::int32_t mul) {
  for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
    const std::int32_t tanh = view.source_node(view.input(mul, slot));
    if (tanh < 0 || !is_op(view.node(tanh), "Tanh")) continue;
    PatternMatch match;
    match.nodes = {mul, tanh};
    const ValueId x = softplus_operand(view, view.input(tanh, 0), match.nodes);
    if (x == no_value || x != view.source(view.input(mul, 1 - slot))) continue;
    match.pattern = "mish";
    match.variant = "softplus";
    sort_unique(match.nodes);
    match.tensors = {{"x", x}, {"y", view.output(mul, 0)}};
    return match;
  }
  return std::nullopt;
}

}  // namespace

std::vector<PatternMatch> find_mish(const GraphView& view) {
  std::vector<PatternMatch> matches;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (is_op(view.node(index), "Mish")) {
      PatternMatch match;
      match.pattern = "mish";
      match.variant = "op";
      match.nodes = {index};
      match.tensors = {{"x", view.input(index, 0)}, {"y", view.output(index, 0)}};
      matches.push_back(std::move(match));
    } else if (is_op(view.node(index), "Mul")) {
      if (auto match = mish_product(view, index)) matches.push_back(*std::move(match));
    }
  }
  return matches;
}

}  // namespace costscan
