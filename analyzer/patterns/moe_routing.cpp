// Mixture of experts: a router's logits over the experts, and the choice of the best of them, by TopK or, of one,
// ArgMax.
#include <algorithm>
#include <array>

#include "patterns/detectors.hpp"
#include "patterns/terms.hpp"
#include "patterns/trace.hpp"

namespace costscan {
namespace {

/// Vocabularies and most sets of classes are larger; classes that are ranked for the user leave the graph at once.
constexpr std::int64_t most_experts = 512;

bool all_leave_graph(const GraphView& view, std::int32_t top_k) {
  for (const ValueId out : view.node(top_k).outputs) {
    if (out != no_value && !view.uses(out).empty()) return false;
  }
  return true;
}

/// From the choice up to the router's layer: through softmax, sigmoid, a bias, copies, views and groups that are masked
/// out; nodes passed.
std::optional<Linear> router_above(const GraphView& view, ValueId value, std::vector<std::int32_t>& between) {
  constexpr int longest = 8;
  constexpr std::array<std::string_view, 4> scores{"Softmax", "Sigmoid", "Cast", "Softplus"};
  for (int step = 0; step < longest; ++step) {
    value = through_views(view, value);
    const std::int32_t node = view.producer(value);
    if (node < 0) return std::nullopt;
    between.push_back(node);
    if (auto linear = as_linear(view, node)) return linear;
    const Node& here = view.node(node);
    if (is_any_op(here, scores)) {
      value = view.input(node, 0);
    } else if (is_op(here, "Add") || is_op(here, "Mul") || is_op(here, "Div")) {
      const ValueId a = view.input(node, 0);
      const ValueId b = view.input(node, 1);
      if (view.is_constant(a) == view.is_constant(b)) return std::nullopt;
      value = view.is_constant(a) ? b : a;
    } else if (is_op(here, "Where")) {
      const ValueId chosen = view.input(node, 1);
      const ValueId rest = view.input(node, 2);
      if (view.is_constant(chosen) == view.is_constant(rest)) return std::nullopt;
      value = view.is_constant(chosen) ? rest : chosen;
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

/// Whether the best one's number selects within the graph: by OneHot, Equal or a Gather of weights that follow it.
bool selects_inside(const GraphView& view, ValueId best) {
  constexpr std::array<std::string_view, 4> selectors{"OneHot", "Equal", "ScatterElements", "GatherElements"};
  const auto uses = element_uses(view, best);
  return std::ranges::any_of(uses, [&](const ValueUse& use) {
    if (use.slot < 0) return false;
    if (is_any_op(view.node(use.node), selectors)) return true;
    if (!is_op(view.node(use.node), "Cast")) return false;
    const auto after = element_uses(view, view.output(use.node, 0));
    return std::ranges::any_of(
        after, [&](const ValueUse& next) { return next.slot >= 0 && is_any_op(view.node(next.node), selectors); });
  });
}

std::optional<PatternMatch> routing_at(const GraphView& view, std::int32_t choice) {
  const bool top_k = is_op(view.node(choice), "TopK");
  const Shape* scores = view.shape(view.input(choice, 0));
  if (scores == nullptr || scores->empty()) return std::nullopt;
  const std::int64_t experts = scores->back();
  const std::int64_t axis = int_attribute(view.node(choice), "axis").value_or(top_k ? -1 : 0);
  const bool last = axis == -1 || axis + 1 == static_cast<std::int64_t>(scores->size());
  if (!last || experts < 2 || experts > most_experts) return std::nullopt;
  std::int64_t best = 1;
  if (top_k) {
    const Shape* chosen = view.shape(view.output(choice, 1));
    if (chosen == nullptr || chosen->empty() || chosen->back() >= experts) return std::nullopt;
    best = chosen->back();
  }
  if (top_k ? all_leave_graph(view, choice) : !selects_inside(view, view.output(choice, 0))) return std::nullopt;
  PatternMatch match;
  match.pattern = "moe_routing";
  match.variant = top_k ? "top_k" : "arg_max";
  match.nodes = {choice};
  const auto router = router_above(view, view.input(choice, 0), match.nodes);
  if (!router) return std::nullopt;
  const Shape* weight = view.shape(router->weight);
  if (weight == nullptr || weight->size() != 2) return std::nullopt;
  sort_unique(match.nodes);
  match.tensors = {{"x", router->activation}, {"router_weight", router->weight}};
  if (top_k) match.tensors.emplace_back("weights", view.output(choice, 0));
  match.tensors.emplace_back("experts", view.output(choice, top_k ? 1 : 0));
  match.numbers = {{"experts", static_cast<double>(experts)}, {"top_k", static_cast<double>(best)}};
  return match;
}

}  // namespace

std::vector<PatternMatch> find_moe_routing(const GraphView& view) {
  std::vector<PatternMatch> matches;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    const Node& node = view.node(index);
    if (is_op(node, "TopK") || is_op(node, "ArgMax")) {
      if (auto match = routing_at(view, index)) matches.push_back(*std::move(match));
    } else if (is_op(node, "MoE", "com.microsoft") || is_op(node, "QMoE", "com.microsoft")) {
      PatternMatch match;
      match.pattern = "moe_routing";
      match.variant = "op";
      match.nodes = {index};
      match.tensors = {{"x", view.input(index, 0)}, {"y", view.output(index, 0)}};
      match.numbers = {{"top_k", static_cast<double>(int_attribute(node, "k").value_or(1))}};
      matches.push_back(std::move(match));
    }
  }
  return matches;
}

}  // namespace costscan
