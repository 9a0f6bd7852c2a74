// Group normalisation: the ops, and Reshape to groups, InstanceNormalization, Reshape back, with gamma and beta behind.
#include "patterns/conv_chain.hpp"
#include "patterns/detectors.hpp"
#include "patterns/trace.hpp"

namespace costscan {
namespace {

/// A Mul or Add of the one reader by a constant: gamma, beta. -1 for none.
std::int32_t take_constant(const GraphView& view, ValueId& y, std::string_view op_type, std::string_view role,
                           PatternMatch& match) {
  const auto use = only_use(view, y);
  if (!use || !is_op(view.node(use->node), op_type)) return -1;
  const ValueId other = view.input(use->node, use->slot == 0 ? 1 : 0);
  if (!view.is_constant(other)) return -1;
  match.tensors.emplace_back(role, other);
  match.nodes.push_back(use->node);
  y = view.output(use->node, 0);
  return use->node;
}

std::optional<PatternMatch> group_norm_at(const GraphView& view, std::int32_t instance) {
  const std::int32_t to_groups = view.source_node(view.input(instance, 0));
  const auto back = only_use(view, view.output(instance, 0));
  if (to_groups < 0 || !is_op(view.node(to_groups), "Reshape")) return std::nullopt;
  if (!back || back->slot != 0 || !is_op(view.node(back->node), "Reshape")) return std::nullopt;
  PatternMatch match;
  match.pattern = "group_norm";
  match.variant = "instance_norm";
  match.nodes = {to_groups, instance, back->node};
  ValueId y = view.output(back->node, 0);
  match.tensors = {{"x", view.input(to_groups, 0)}};
  take_constant(view, y, "Mul", "gamma", match);
  take_constant(view, y, "Add", "beta", match);
  match.tensors.emplace_back("y", y);
  if (const Shape* grouped = view.shape(view.input(instance, 0)); grouped != nullptr && grouped->size() > 1) {
    match.numbers = {{"groups", static_cast<double>((*grouped)[1])},
                     {"epsilon", static_cast<double>(float_attribute(view.node(instance), "epsilon").value_or(1e-5F))}};
  }
  return match;
}

}  // namespace

std::vector<PatternMatch> find_group_norm(const GraphView& view) {
  std::vector<PatternMatch> matches;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    const Node& node = view.node(index);
    const bool op = is_op(node, "GroupNormalization") || is_op(node, "GroupNorm", "com.microsoft") ||
                    is_op(node, "SkipGroupNorm", "com.microsoft");
    if (op) {
      PatternMatch match;
      match.pattern = "group_norm";
      match.variant = "op";
      match.nodes = {index};
      match.tensors = {{"x", view.input(index, 0)}, {"y", view.output(index, 0)}};
      matches.push_back(std::move(match));
    } else if (is_op(node, "InstanceNormalization")) {
      if (auto match = group_norm_at(view, index)) matches.push_back(*std::move(match));
    }
  }
  return matches;
}

}  // namespace costscan
