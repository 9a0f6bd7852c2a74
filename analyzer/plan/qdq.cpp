// What prepares a quantised graph for QDQSelectorActionTransformer (qdq_units.cpp): pairs of QuantizeLinear and
// DequantizeLinear that go, move or multiply.
#include "plan/qdq.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "plan/transformers.hpp"

namespace costscan::plan {

bool is_dequantize(const Node& node) {
  return node.op_type == "DequantizeLinear" && (node.domain.empty() || node.domain == ms_domain);
}

bool is_quantize(const Node& node) {
  return node.op_type == "QuantizeLinear" && (node.domain.empty() || node.domain == ms_domain);
}

bool is_eight_bits(DType type) { return type == DType::uint8 || type == DType::int8; }

DType quantised_type(const PlanGraph& graph, NodeId dequantize) {
  return dtype(graph, input(graph.node(dequantize), 0));
}

bool same_parameters(const PlanGraph& graph, NodeId dequantize, NodeId quantize) {
  const Node& from = graph.node(dequantize);
  const Node& to = graph.node(quantize);
  const auto same = [&](std::size_t slot) {
    const ValueId a = input(from, slot);
    const ValueId b = input(to, slot);
    if (a == b) return true;
    const auto x = constant_scalar(graph, a);
    return x && x == constant_scalar(graph, b);
  };
  return same(1) && same(2) && quantised_type(graph, dequantize) == dtype(graph, output(to, 0));
}

namespace {

struct Steps {
  bool constant = false;  ///< of float32
  std::optional<std::vector<double>> known;
};

Steps steps_of(const PlanGraph& graph, NodeId dequantize) {
  const ValueId id = input(graph.node(dequantize), 1);
  if (!is_constant(graph, id) || dtype(graph, id) != DType::float32) return {};
  const PlanValue& value = graph.value(id);
  if (value.tensor) return {true, floating_elements(*value.tensor)};
  const auto one = constant_scalar(graph, id);
  return {true, one ? std::optional(std::vector<double>{*one}) : std::nullopt};
}

double nth_or_only(const std::vector<double>& values, std::size_t n) { return values[values.size() == 1 ? 0 : n]; }

}  // namespace

bool bias_step_fits(const PlanGraph& graph, NodeId input_dq, NodeId weights_dq, NodeId bias_dq) {
  constexpr double tolerance = 0.01;
  const Steps inputs = steps_of(graph, input_dq);
  const Steps weights = steps_of(graph, weights_dq);
  const Steps biases = steps_of(graph, bias_dq);
  if (!inputs.constant || !weights.constant || !biases.constant) return false;
  if (!is_scalar_constant(graph, input(graph.node(input_dq), 1))) return false;
  if (!inputs.known || !weights.known || !biases.known) return true;
  if (inputs.known->empty() || weights.known->empty() || biases.known->empty()) return false;
  const std::size_t channels = std::max(weights.known->size(), biases.known->size());
  for (const auto* known : {&*weights.known, &*biases.known}) {
    if (known->size() != 1 && known->size() != channels) return false;
  }
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const double wanted = inputs.known->front() * nth_or_only(*weights.known, channel);
    if (std::abs(nth_or_only(*biases.known, channel) - wanted) > tolerance * std::abs(wanted)) return false;
  }
  return true;
}

namespace {

bool only_moves(const Node& node) {
  return is_any(node, {"MaxPool", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Slice"});
}

/// The node reads its first input through a Q and a DQ with the parameters of `quantize`.
void quantise_input(PlanGraph& graph, NodeId id, const Node& quantize) {
  const ValueId source = input(graph.node(id), 0);
  ValueType type = type_of(graph, source);
  const std::string name = graph.value(source).name;
  const ValueId made = graph.add_value(name + "_pre_q", type);
  const ValueId whole = graph.add_value(name + "_post_dq", type);
  type.info.dtype = dtype(graph, output(quantize, 0));
  const ValueId quantised = graph.add_value(name + "_q_to_dq", std::move(type));
  graph.set_input(id, 0, whole);
  std::vector<ValueId> inputs = quantize.inputs;
  const NodeId producer = graph.value(source).producer;
  const auto& outputs = graph.node(producer).outputs;
  const auto slot = static_cast<std::size_t>(std::ranges::find(outputs, source) - outputs.begin());
  const bool renamed = graph.value(source).uses.empty() && !graph.value(source).graph_output;
  if (renamed) graph.set_output(producer, slot, made);
  inputs[0] = renamed ? made : source;
  // The runtime's own mark, by which attribution knows that the pair computes nothing of the file.
  const std::string mark = "Inserted by QDQPropagationTransformer";
  Node before = make_node(name + "_q", "QuantizeLinear", quantize.domain, inputs, {quantised});
  before.attributes = quantize.attributes;
  before.doc_string = mark;
  graph.add_node(std::move(before));
  inputs[0] = quantised;
  Node behind = make_node(name + "_dq", "DequantizeLinear", quantize.domain, inputs, {whole});
  behind.doc_string = mark;
  graph.add_node(std::move(behind));
}

bool pair_is_redundant(const PlanGraph& graph, NodeId dequantize, NodeId quantize) {
  return is_dequantize(graph.node(dequantize)) && is_quantize(graph.node(quantize)) &&
         same_parameters(graph, dequantize, quantize);
}

}  // namespace

// Relu (or Clip) whose bounds the quantised type has anyway.
bool fuse_quantised_activation(PlanGraph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const NodeId quantize = sole_consumer(graph, node);
  if (quantize == no_node || !is_quantize(graph.node(quantize))) return false;
  const ValueId zero = input(graph.node(quantize), 2);
  const auto scale = constant_scalar(graph, input(graph.node(quantize), 1));
  const DType type = dtype(graph, output(graph.node(quantize), 0));
  const auto zero_point = zero == no_value ? std::optional<double>(0) : constant_scalar(graph, zero);
  if (!zero_point || !scale || !is_eight_bits(type)) return false;
  const double lowest = type == DType::uint8 ? 0 : -128;
  const double highest = type == DType::uint8 ? 255 : 127;
  if (is_op(node, "Relu")) return *zero_point == lowest && bypass(graph, id);
  if (!is_op(node, "Clip")) return false;
  const auto bound = [&](std::size_t slot, const char* name) -> std::optional<double> {
    if (const auto attribute = float_attribute(node, name)) return *attribute;
    return constant_scalar(graph, input(node, slot));
  };
  const auto low = bound(1, "min");
  const auto high = bound(2, "max");
  if (input(node, 1) != no_value && !low) return false;
  if (input(node, 2) != no_value && !high) return false;
  const bool low_is_free = !low || *low <= *scale * (lowest - *zero_point) + 1e-6;
  const bool high_is_free = !high || *high >= *scale * (highest - *zero_point) - 1e-6;
  return low_is_free && high_is_free && bypass(graph, id);
}

// Q -> DQ -> Q with the same parameters: the inner pair goes.
bool remove_double_qdq(PlanGraph& graph, const Context&) {
  return for_each(graph, [](PlanGraph& changed, NodeId id) {
    if (!is_dequantize(changed.node(id))) return false;
    const NodeId next = sole_consumer(changed, changed.node(id));
    const NodeId before = parent(changed, changed.node(id), 0);
    if (next == no_node || before == no_node || !is_quantize(changed.node(before))) return false;
    if (!pair_is_redundant(changed, id, next)) return false;
    const ValueId source = input(changed.node(id), 0);
    const ValueId out = output(changed.node(next), 0);
    if (changed.value(out).graph_output) return false;
    changed.remove(id);
    changed.remove(next);
    changed.replace_uses(out, source);
    return true;
  });
}

// Quantisation moves backward over what only moves data: Q and DQ before it let it work on quantised elements.
bool propagate_qdq(PlanGraph& graph, const Context&) {
  return for_each(graph, [](PlanGraph& changed, NodeId id) {
    if (!is_quantize(changed.node(id))) return false;
    const Node quantize = changed.node(id);
    if (!is_scalar_constant(changed, input(quantize, 1))) return false;
    bool moved = false;
    for (NodeId before = parent(changed, quantize, 0); before != no_node;) {
      if (!only_moves(changed.node(before)) || edge_count(changed, changed.node(before)) != 1) break;
      const NodeId source = parent(changed, changed.node(before), 0);
      if (source == no_node || is_dequantize(changed.node(source))) break;
      quantise_input(changed, before, quantize);
      moved = true;
      before = source;
    }
    return moved;
  });
}

// Each reader of a dequantised tensor gets a DequantizeLinear of its own, so that it can be part of that reader's unit.
bool ensure_unique_dq(PlanGraph& graph, const Context&) {
  return for_each(graph, [](PlanGraph& changed, NodeId id) {
    if (!is_dequantize(changed.node(id))) return false;
    const ValueId shared = output(changed.node(id), 0);
    const std::vector<Use> uses = changed.value(shared).uses;
    const bool keeps = changed.value(shared).graph_output;
    bool duplicated = false;
    for (std::size_t n = keeps ? 0 : 1; n < uses.size(); ++n) {
      if (uses[n].input < 0) continue;
      Node copy = changed.node(id);
      const ValueId own = changed.add_value(changed.value(shared).name + "/duplicated", type_of(changed, shared));
      copy.outputs = {own};
      copy.name += "/duplicated";
      changed.add_node(std::move(copy));
      changed.set_input(uses[n].node, static_cast<std::size_t>(uses[n].input), own);
      duplicated = true;
    }
    return duplicated;
  });
}

// MLAS computes with unsigned activations on x86-64 (QDQIsInt8Allowed() is false there): a signed tensor between one Q
// and one DQ becomes unsigned, its zero point moved by 128.
bool make_activations_unsigned(PlanGraph& graph, const Context&) {
  return for_each(graph, [](PlanGraph& changed, NodeId id) {
    if (!is_quantize(changed.node(id))) return false;
    const Node quantize = changed.node(id);
    const NodeId next = sole_consumer(changed, quantize);
    if (next == no_node || !is_dequantize(changed.node(next))) return false;
    const ValueId zero = input(quantize, 2);
    const ValueId other = input(changed.node(next), 2);
    if (zero == no_value || other == no_value || dtype(changed, zero) != DType::int8) return false;
    if (!is_scalar_constant(changed, zero) || !same_parameters(changed, next, id)) return false;
    ValueType type = type_of(changed, zero);
    type.info.dtype = DType::uint8;
    type.info.constant = true;
    const ValueId moved = changed.add_value(changed.value(zero).name + "_s8_to_u8", std::move(type));
    changed.value(moved).initializer = true;
    changed.set_input(id, 2, moved);
    changed.set_input(next, 2, moved);
    changed.value(output(quantize, 0)).info.dtype = DType::uint8;
    return true;
  });
}

}  // namespace costscan::plan
