// A convolution whose only reader is a batch normalisation, with the activation behind it where there is one.
#include <algorithm>
#include <array>

#include "patterns/detectors.hpp"
#include "patterns/terms.hpp"

namespace costscan {
namespace {

struct ActivationName {
  std::string_view op_type;
  std::string_view variant;
};

constexpr std::array<ActivationName, 12> followers{{{"Relu", "relu"},
                                                    {"Clip", "clip"},
                                                    {"LeakyRelu", "leaky_relu"},
                                                    {"PRelu", "prelu"},
                                                    {"Sigmoid", "sigmoid"},
                                                    {"HardSigmoid", "hard_sigmoid"},
                                                    {"HardSwish", "hard_swish"},
                                                    {"Tanh", "tanh"},
                                                    {"Elu", "elu"},
                                                    {"Mish", "mish"},
                                                    {"Swish", "silu"},
                                                    {"Gelu", "gelu"}}};

/// Sigmoid and Mul that alone read y: SiLU. Adds both nodes.
bool take_silu(const GraphView& view, PatternMatch& match, ValueId y) {
  const auto uses = view.canonical_uses(y);
  if (uses.size() != 2 || view.reaches_output_directly(y)) return false;
  for (const ValueUse& use : uses) {
    if (use.slot < 0 || !is_op(view.node(use.node), "Sigmoid")) continue;
    const auto mul = sole_canonical_use(view, view.output(use.node, 0));
    if (!mul || !is_op(view.node(mul->node), "Mul") || view.source(other_operand(view, *mul)) != view.source(y))
      continue;
    match.nodes.insert(match.nodes.end(), {use.node, mul->node});
    match.variant = "silu";
    return true;
  }
  return false;
}

void take_activation(const GraphView& view, PatternMatch& match, ValueId y) {
  if (take_silu(view, match, y)) return;
  const auto use = sole_canonical_use(view, y);
  if (!use || use->slot != 0 || !view.node(use->node).domain.empty()) return;
  const auto* name = std::ranges::find(followers, view.node(use->node).op_type, &ActivationName::op_type);
  if (name == followers.end()) return;
  match.nodes.push_back(use->node);
  match.variant = name->variant;
}

}  // namespace

std::vector<PatternMatch> find_conv_bn(const GraphView& view) {
  std::vector<PatternMatch> found;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (!is_op(view.node(index), "Conv")) continue;
    const auto use = sole_canonical_use(view, view.output(index, 0));
    if (!use || use->slot != 0 || !is_op(view.node(use->node), "BatchNormalization")) continue;
    const ValueId y = view.output(use->node, 0);
    PatternMatch match;
    match.pattern = "conv_bn";
    match.nodes = {index, use->node};
    static_cast<void>(traced_source(view, view.input(use->node, 0), match.nodes));
    match.tensors = {{"x", view.input(index, 0)}, {"weight", view.input(index, 1)}, {"y", y}};
    if (y != no_value) take_activation(view, match, y);
    tidy_nodes(match.nodes);
    found.push_back(std::move(match));
  }
  return found;
}

}  // namespace costscan
