#include "patterns/conv_chain.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "patterns/trace.hpp"

namespace costscan {
namespace {

struct KindOfActivation {
  std::string_view op_type;
  std::string_view kind;
};

constexpr std::array activation_table{KindOfActivation{"Relu", "relu"},
                                      KindOfActivation{"LeakyRelu", "leaky_relu"},
                                      KindOfActivation{"PRelu", "prelu"},
                                      KindOfActivation{"Clip", "clip"},
                                      KindOfActivation{"Sigmoid", "sigmoid"},
                                      KindOfActivation{"HardSigmoid", "hard_sigmoid"},
                                      KindOfActivation{"Tanh", "tanh"},
                                      KindOfActivation{"Elu", "elu"},
                                      KindOfActivation{"Selu", "selu"},
                                      KindOfActivation{"Celu", "celu"},
                                      KindOfActivation{"Softplus", "softplus"},
                                      KindOfActivation{"Softsign", "softsign"},
                                      KindOfActivation{"HardSwish", "hard_swish"},
                                      KindOfActivation{"Mish", "mish"},
                                      KindOfActivation{"Gelu", "gelu"},
                                      KindOfActivation{"Swish", "silu"},
                                      KindOfActivation{"ThresholdedRelu", "thresholded_relu"}};

/// Two readers of one value, a HardSigmoid of any slope and the Mul of the value by it.
std::optional<std::pair<std::int32_t, std::int32_t>> gate_and_mul(const GraphView& view, ValueId value) {
  const auto uses = view.canonical_uses(value);
  if (uses.size() != 2 || view.reaches_output_directly(value)) return std::nullopt;
  for (std::size_t i = 0; i < 2; ++i) {
    const ValueUse& gate = uses[i];
    const ValueUse& mul = uses[1 - i];
    if (gate.slot != 0 || mul.slot < 0 || !is_op(view.node(gate.node), "HardSigmoid")) continue;
    if (!is_op(view.node(mul.node), "Mul")) continue;
    const ValueId other = view.input(mul.node, mul.slot == 0 ? 1 : 0);
    if (view.source(other) == view.output(gate.node, 0)) return std::pair(gate.node, mul.node);
  }
  return std::nullopt;
}

constexpr std::array<std::string_view, 5> pool_ops{"GlobalAveragePool", "ReduceMean", "GlobalMaxPool", "AveragePool",
                                                   "ReduceMax"};

/// The operand of a Mul or Div by a constant of one element; no_value for others.
ValueId without_scale(const GraphView& view, std::int32_t node) {
  const ValueId a = view.input(node, 0);
  const ValueId b = view.input(node, 1);
  const bool product = is_op(view.node(node), "Mul");
  if (!product && !is_op(view.node(node), "Div")) return no_value;
  if (view.is_constant(b) && has_one_element(view, b)) return a;
  return product && view.is_constant(a) && has_one_element(view, a) ? b : no_value;
}

/// Whether `gate` is Sigmoid or HardSigmoid of x, or relu6(x + 3).
bool is_gate_of(const GraphView& view, std::int32_t gate, ValueId x) {
  const Node& node = view.node(gate);
  const ValueId argument = view.source(view.input(gate, 0));
  if (is_op(node, "Sigmoid") || is_op(node, "HardSigmoid")) return argument == view.source(x);
  const std::int32_t add = view.producer(argument);
  if (!is_op(node, "Clip") || add < 0 || !is_op(view.node(add), "Add")) return false;
  for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
    const ValueId shift = view.input(add, 1 - slot);
    const bool by_constant = view.is_constant(shift) && has_one_element(view, shift);
    if (by_constant && view.source(view.input(add, slot)) == view.source(x)) return true;
  }
  return false;
}

/// The value that a Mul by its own gate keeps: of SiLU and HardSwish; no_value for another Mul.
ValueId self_gated(const GraphView& view, std::int32_t mul) {
  for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
    const std::int32_t gate = view.source_node(view.input(mul, slot));
    if (gate >= 0 && is_gate_of(view, gate, view.input(mul, 1 - slot))) return view.input(mul, 1 - slot);
  }
  return no_value;
}

/// Sigmoid, HardSigmoid, or a Clip with a scale before or behind it, from its end: where the gate begins, its nodes
/// into `nodes`.
ValueId below_gate(const GraphView& view, ValueId value, std::vector<std::int32_t>& nodes) {
  std::int32_t node = view.source_node(value);
  if (node < 0) return no_value;
  nodes.push_back(node);
  if (is_op(view.node(node), "Sigmoid") || is_op(view.node(node), "HardSigmoid")) return view.input(node, 0);
  const bool scaled = is_op(view.node(node), "Div") || is_op(view.node(node), "Mul");
  if (scaled) {
    node = view.source_node(without_scale(view, node));
    if (node >= 0) nodes.push_back(node);
  }
  return node >= 0 && is_op(view.node(node), "Clip") ? view.input(node, 0) : no_value;
}

/// One step up from a node within squeeze-excite; no_value where it does not belong there.
ValueId excite_step(const GraphView& view, std::int32_t node) {
  constexpr std::array<std::string_view, 4> plain{"Conv", "BatchNormalization", "Transpose", "LayerNormalization"};
  const Node& here = view.node(node);
  if (is_any_op(here, plain) || is_view_op(here) || !activation_kind(here).empty()) return view.input(node, 0);
  if (auto linear = as_linear(view, node)) return linear->activation;
  if (const ValueId inner = without_scale(view, node); inner != no_value) return inner;
  if (is_op(here, "Mul")) return self_gated(view, node);
  const bool bias = is_op(here, "Add");
  if (bias && view.is_constant(view.input(node, 0)) != view.is_constant(view.input(node, 1))) {
    return view.is_constant(view.input(node, 0)) ? view.input(node, 1) : view.input(node, 0);
  }
  return no_value;
}

/// From a gate's argument up to the pool.
std::int32_t pool_above(const GraphView& view, const WrittenActivations& written, ValueId value,
                        std::vector<std::int32_t>& nodes) {
  constexpr int longest = 24;
  bool layers = false;
  for (int step = 0; step < longest && value != no_value; ++step) {
    const std::int32_t node = view.source_node(value);
    if (node < 0) return -1;
    nodes.push_back(node);
    if (is_any_op(view.node(node), pool_ops)) return layers ? node : -1;
    layers = layers || is_op(view.node(node), "Conv") || as_linear(view, node).has_value();
    if (const WrittenActivation* activation = written.making(view.output(node, 0))) {
      nodes.insert(nodes.end(), activation->nodes.begin(), activation->nodes.end());
      value = activation->x;
    } else {
      value = excite_step(view, node);
    }
  }
  return -1;
}

}  // namespace

std::optional<ValueUse> only_use(const GraphView& view, ValueId value) {
  if (value == no_value || view.reaches_output_directly(value)) return std::nullopt;
  const auto uses = view.canonical_uses(value);
  if (uses.size() != 1 || uses.front().slot < 0) return std::nullopt;
  return uses.front();
}

std::string_view activation_kind(const Node& node) noexcept {
  if (node.domain == "com.microsoft") {
    if (node.op_type == "QuickGelu") return "quick_gelu";
    return node.op_type == "Gelu" || node.op_type == "FastGelu" || node.op_type == "BiasGelu" ? "gelu" : "";
  }
  if (!node.domain.empty()) return "";
  const auto found = std::ranges::find(activation_table, node.op_type, &KindOfActivation::op_type);
  return found == activation_table.end() ? std::string_view() : found->kind;
}

ActivatedConv activated_conv(const GraphView& view, const WrittenActivations& written, std::int32_t conv) {
  ActivatedConv found;
  found.conv = conv;
  found.y = view.output(conv, 0);
  auto use = only_use(view, found.y);
  if (use && use->slot == 0 && is_op(view.node(use->node), "BatchNormalization")) {
    found.batch_norm = use->node;
    found.y = view.output(use->node, 0);
    use = only_use(view, found.y);
  }
  if (use && use->slot == 0 && !activation_kind(view.node(use->node)).empty()) {
    found.kind = activation_kind(view.node(use->node));
    found.activation = {use->node};
    found.y = view.output(use->node, 0);
  } else if (const WrittenActivation* activation = written.behind(found.y)) {
    found.kind = activation->kind;
    found.activation = activation->nodes;
    found.y = activation->y;
  } else if (const auto swish = gate_and_mul(view, found.y)) {
    found.kind = "hard_swish";
    found.activation = {swish->first, swish->second};
    found.y = view.output(swish->second, 0);
  }
  found.decomposed = found.activation.size() > 1;
  return found;
}

std::optional<SqueezeExcite> squeeze_excite_at(const GraphView& view, const WrittenActivations& written,
                                               std::int32_t mul) {
  if (!is_op(view.node(mul), "Mul")) return std::nullopt;
  for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
    SqueezeExcite found;
    const ValueId argument = below_gate(view, through_views(view, view.input(mul, slot)), found.nodes);
    if (argument == no_value) continue;
    found.pool = pool_above(view, written, argument, found.nodes);
    if (found.pool < 0) continue;
    found.x = view.source(view.input(mul, 1 - slot));
    if (through_views(view, view.input(found.pool, 0)) != through_views(view, found.x)) continue;
    found.mul = mul;
    found.nodes.push_back(mul);
    sort_unique(found.nodes);
    return found;
  }
  return std::nullopt;
}

std::int32_t conv_above(const GraphView& view, const WrittenActivations& written, ValueId value,
                        std::vector<std::int32_t>& between) {
  constexpr int longest = 8;
  for (int step = 0; step < longest && value != no_value; ++step) {
    const std::int32_t node = view.source_node(value);
    if (node < 0) return -1;
    const Node& here = view.node(node);
    if (is_op(here, "Conv")) return node;
    between.push_back(node);
    if (is_op(here, "BatchNormalization") || !activation_kind(here).empty()) {
      value = view.input(node, 0);
    } else if (const WrittenActivation* activation = written.making(view.output(node, 0))) {
      between.insert(between.end(), activation->nodes.begin(), activation->nodes.end());
      value = activation->x;
    } else if (const auto gate = squeeze_excite_at(view, written, node)) {
      between.insert(between.end(), gate->nodes.begin(), gate->nodes.end());
      value = gate->x;
    } else if (const ValueId inner = without_scale(view, node); inner != no_value) {
      value = inner;
    } else if (is_op(here, "Mul")) {
      value = self_gated(view, node);
    } else {
      return -1;
    }
  }
  return -1;
}

}  // namespace costscan
