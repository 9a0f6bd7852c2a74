// Gated linear units: a linear layer's output, activated, times another of the same input, or times the other half.
#include <array>

#include "patterns/detectors.hpp"
#include "patterns/halves.hpp"
#include "patterns/trace.hpp"

namespace costscan {
namespace {

struct GateSource {
  std::string_view variant;
  std::vector<std::int32_t> nodes;
  ValueId x = no_value;
};

/// What `activated` (before its activation) and `other` have in common.
std::optional<GateSource> gate_source(const GraphView& view, ValueId activated, ValueId other) {
  const auto first = half_of(view, through_views(view, activated));
  const auto second = half_of(view, through_views(view, other));
  if (first && second && first->which != second->which && view.source(first->whole) == view.source(second->whole)) {
    return GateSource{"split", {first->node, second->node}, first->whole};
  }
  const auto gate = linear_behind(view, activated);
  const auto up = linear_behind(view, other);
  if (!gate || !up || gate->node == up->node) return std::nullopt;
  const ValueId x = through_views(view, gate->activation);
  if (x != through_views(view, up->activation)) return std::nullopt;
  return GateSource{"two_linears", {gate->node, up->node}, x};
}

/// Matches of an activation whose result is multiplied by its twin.
std::vector<PatternMatch> gated_units(const GraphView& view, std::string_view name,
                                      const std::vector<PatternMatch>& activations) {
  std::vector<PatternMatch> matches;
  for (const PatternMatch& activation : activations) {
    for (const ValueUse& use : view.canonical_uses(activation.tensor("y"))) {
      if (use.slot < 0 || !is_op(view.node(use.node), "Mul")) continue;
      const ValueId other = view.input(use.node, use.slot == 0 ? 1 : 0);
      const auto source = gate_source(view, activation.tensor("x"), other);
      if (!source) continue;
      PatternMatch match;
      match.pattern = name;
      match.variant = std::string(source->variant);
      match.nodes = activation.nodes;
      match.nodes.insert(match.nodes.end(), source->nodes.begin(), source->nodes.end());
      match.nodes.push_back(use.node);
      sort_unique(match.nodes);
      match.tensors = {
          {"x", source->x}, {"gate", activation.tensor("x")}, {"up", other}, {"y", view.output(use.node, 0)}};
      matches.push_back(std::move(match));
      break;
    }
  }
  return matches;
}

}  // namespace

std::vector<PatternMatch> find_swiglu(const GraphView& view) { return gated_units(view, "swiglu", find_silu(view)); }
std::vector<PatternMatch> find_geglu(const GraphView& view) { return gated_units(view, "geglu", find_gelu(view)); }

}  // namespace costscan
