// A convolution whose only reader is a batch normalisation, or the scale and shift per channel that one was folded to,
// with the activation behind it where there is one.
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

/// A constant with one element for each channel, or for each channel of one sample, and none along other axes.
bool is_per_channel(const GraphView& view, ValueId value, ValueId map) {
  const Shape* here = view.shape(value);
  const Shape* whole = view.shape(map);
  if (!view.is_constant(value) || here == nullptr || whole == nullptr || whole->size() < 3) return false;
  if (here->size() > whole->size()) return false;
  const std::size_t missing = whole->size() - here->size();
  for (std::size_t axis = 0; axis < whole->size(); ++axis) {
    if ((axis < missing ? 1 : (*here)[axis - missing]) != (axis == 1 ? (*whole)[1] : 1)) return false;
  }
  return (*whole)[1] > 1;
}

/// The next node, where it alone reads y and scales or shifts each channel by a constant; -1 for others.
std::int32_t per_channel_step(const GraphView& view, ValueId y, std::string_view op_type, std::string_view inverse) {
  const auto use = sole_canonical_use(view, y);
  if (!use) return -1;
  const Node& node = view.node(use->node);
  const bool fits = is_op(node, op_type) || (is_op(node, inverse) && use->slot == 0);
  return fits && is_per_channel(view, other_operand(view, *use), y) ? use->node : -1;
}

/// Conv, scale, shift: what is left of a normalisation whose statistics were folded.
std::optional<PatternMatch> scaled_conv(const GraphView& view, std::int32_t conv) {
  std::int32_t scale = per_channel_step(view, view.output(conv, 0), "Mul", "Div");
  PatternMatch match;
  match.nodes = {conv};
  if (scale < 0) {  // the mean may be taken off first
    const std::int32_t center = per_channel_step(view, view.output(conv, 0), "Sub", "Sub");
    scale = center < 0 ? -1 : per_channel_step(view, view.output(center, 0), "Mul", "Div");
    match.nodes.push_back(center);
  }
  if (scale < 0) return std::nullopt;
  const std::int32_t shift = per_channel_step(view, view.output(scale, 0), "Add", "Sub");
  if (shift < 0) return std::nullopt;
  match.pattern = "conv_bn";
  match.nodes.insert(match.nodes.end(), {scale, shift});
  const ValueId y = view.output(shift, 0);
  match.tensors = {{"x", view.input(conv, 0)}, {"weight", view.input(conv, 1)}, {"y", y}};
  match.numbers = {{"scale_and_shift", 1.0}};
  take_activation(view, match, y);
  tidy_nodes(match.nodes);
  return match;
}

}  // namespace

std::vector<PatternMatch> find_conv_bn(const GraphView& view) {
  std::vector<PatternMatch> found;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (!is_op(view.node(index), "Conv")) continue;
    const auto use = sole_canonical_use(view, view.output(index, 0));
    if (!use || use->slot != 0 || !is_op(view.node(use->node), "BatchNormalization")) {
      if (auto match = scaled_conv(view, index)) found.push_back(*std::move(match));
      continue;
    }
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
