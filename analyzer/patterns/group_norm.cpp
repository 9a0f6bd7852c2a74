// Group normalisation: the ops, and Reshape to groups, InstanceNormalization (or what it is made of), Reshape back,
// with gamma and beta behind.
#include "patterns/conv_chain.hpp"
#include "patterns/detectors.hpp"
#include "patterns/norms.hpp"
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

/// A norm in single nodes of [n, groups, ...] along all axes but the first two, between two Reshapes.
std::optional<PatternMatch> group_norm_in_parts(const GraphView& view, const Norm& norm) {
  const Shape* grouped = view.shape(norm.x);
  const bool per_group = grouped != nullptr && grouped->size() > 2 && trailing_axes(view, norm) > 0 &&
                         norm.axes.size() + 2 == grouped->size();
  if (norm.is_op || !norm.centered || !per_group || norm.gamma != no_value || norm.beta != no_value) {
    return std::nullopt;
  }
  const std::int32_t to_groups = view.source_node(norm.x);
  const auto back = only_use(view, norm.y);
  if (to_groups < 0 || !is_op(view.node(to_groups), "Reshape")) return std::nullopt;
  if (!back || back->slot != 0 || !is_op(view.node(back->node), "Reshape")) return std::nullopt;
  ValueId y = view.output(back->node, 0);
  const ValueId x = view.input(to_groups, 0);
  const Shape* whole = view.shape(x);
  // Channels are what is grouped: tokens that are normalised by themselves have no more of them than groups.
  if (view.same_shape(x, y) == Holds::no || whole->size() < 3 || (*whole)[1] <= (*grouped)[1]) return std::nullopt;
  PatternMatch match;
  match.pattern = "group_norm";
  match.variant = "decomposed";
  match.nodes = norm.nodes;
  match.nodes.insert(match.nodes.end(), {to_groups, back->node});
  match.tensors = {{"x", x}};
  take_constant(view, y, "Mul", "gamma", match);
  take_constant(view, y, "Add", "beta", match);
  match.tensors.emplace_back("y", y);
  match.numbers = {{"groups", static_cast<double>((*grouped)[1])}};
  sort_unique(match.nodes);
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
  for (const auto& norms : {find_norms(view), find_other_norms(view)}) {
    for (const Norm& norm : norms) {
      if (auto match = group_norm_in_parts(view, norm)) matches.push_back(*std::move(match));
    }
  }
  return matches;
}

}  // namespace costscan
