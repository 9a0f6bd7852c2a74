// QDQSelectorActionTransformer and what prepares it: DequantizeLinear -> operator -> QuantizeLinear becomes one
// quantised operator.
#include <algorithm>
#include <cmath>

#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

bool is_dequantize(const Node& node) {
  return node.op_type == "DequantizeLinear" && (node.domain.empty() || node.domain == ms_domain);
}

bool is_quantize(const Node& node) {
  return node.op_type == "QuantizeLinear" && (node.domain.empty() || node.domain == ms_domain);
}

/// An operator with the DequantizeLinear before its inputs and the QuantizeLinear behind its output.
struct Unit {
  NodeId target = no_node;
  std::vector<NodeId> dequantize;  ///< by input; no_node where that is none
  NodeId quantize = no_node;
};

Unit unit_around(const PlanGraph& graph, NodeId id) {
  Unit unit;
  unit.target = id;
  const Node& node = graph.node(id);
  for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
    const NodeId before = parent(graph, node, slot);
    unit.dequantize.push_back(before != no_node && is_dequantize(graph.node(before)) ? before : no_node);
  }
  const NodeId next = sole_consumer(graph, node);
  if (next != no_node && is_quantize(graph.node(next)) && input(graph.node(next), 0) == output(node, 0)) {
    unit.quantize = next;
  }
  return unit;
}

bool dequantized(const Unit& unit, std::size_t count) {
  return unit.dequantize.size() >= count &&
         std::all_of(unit.dequantize.begin(), unit.dequantize.begin() + static_cast<std::ptrdiff_t>(count),
                     [](NodeId id) { return id != no_node; });
}

DType quantised_type(const PlanGraph& graph, NodeId dequantize) {
  return dtype(graph, input(graph.node(dequantize), 0));
}

bool is_eight_bits(DType type) { return type == DType::uint8 || type == DType::int8; }

/// Quantised value, scale, zero point of an input.
void append_operand(const PlanGraph& graph, NodeId dequantize, std::vector<ValueId>& inputs) {
  const Node& node = graph.node(dequantize);
  for (std::size_t slot = 0; slot < 3; ++slot) inputs.push_back(input(node, slot));
}

void append_result(const PlanGraph& graph, NodeId quantize, std::vector<ValueId>& inputs) {
  for (const std::size_t slot : {std::size_t{1}, std::size_t{2}}) inputs.push_back(input(graph.node(quantize), slot));
}

/// The unit becomes `node`; dequantisations that nothing else reads go.
void replace(PlanGraph& graph, const Unit& unit, Node node) {
  node.outputs = unit.quantize == no_node ? graph.node(unit.target).outputs : graph.node(unit.quantize).outputs;
  graph.remove(unit.target);
  if (unit.quantize != no_node) graph.remove(unit.quantize);
  for (const NodeId dequantize : unit.dequantize) {
    if (graph.alive(dequantize) && edge_count(graph, graph.node(dequantize)) == 0 &&
        !makes_graph_output(graph, graph.node(dequantize))) {
      graph.remove(dequantize);
    }
  }
  graph.add_node(std::move(node));
}

Node quantised_node(const PlanGraph& graph, const Unit& unit, std::string op_type, std::string_view domain,
                    std::vector<ValueId> inputs) {
  const Node& target = graph.node(unit.target);
  while (!inputs.empty() && inputs.back() == no_value) inputs.pop_back();
  Node node = make_node(target.name, std::move(op_type), domain, std::move(inputs), {});
  node.attributes = target.attributes;
  return node;
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

bool drop(PlanGraph& graph, const Unit& unit) {
  if (!dequantized(unit, 1) || unit.quantize == no_node) return false;
  if (!same_parameters(graph, unit.dequantize[0], unit.quantize)) return false;
  // The operator stays itself, on quantised data.
  const NodeId dequantize = unit.dequantize[0];
  const ValueId out = output(graph.node(unit.quantize), 0);
  graph.remove(unit.quantize);
  graph.set_input(unit.target, 0, input(graph.node(dequantize), 0));
  graph.set_output(unit.target, 0, out);
  if (edge_count(graph, graph.node(dequantize)) == 0) graph.remove(dequantize);
  return true;
}

/// Q behind every part, with the parameters of the DQ before: the Split works on quantised data.
bool drop_around_split(PlanGraph& graph, const Unit& unit) {
  if (!dequantized(unit, 1)) return false;
  std::vector<NodeId> quantize;
  for (const ValueId part : graph.node(unit.target).outputs) {
    if (part == no_value || graph.value(part).graph_output || graph.value(part).uses.size() != 1) return false;
    const Use& use = graph.value(part).uses.front();
    if (use.input != 0 || !is_quantize(graph.node(use.node))) return false;
    if (!same_parameters(graph, unit.dequantize[0], use.node)) return false;
    quantize.push_back(use.node);
  }
  graph.set_input(unit.target, 0, input(graph.node(unit.dequantize[0]), 0));
  for (std::size_t slot = 0; slot < quantize.size(); ++slot) {
    const ValueId out = output(graph.node(quantize[slot]), 0);
    graph.remove(quantize[slot]);
    graph.set_output(unit.target, slot, out);
  }
  if (edge_count(graph, graph.node(unit.dequantize[0])) == 0) graph.remove(unit.dequantize[0]);
  return true;
}

bool unary(PlanGraph& graph, const Unit& unit) {
  if (!dequantized(unit, 1) || unit.quantize == no_node) return false;
  const DType type = quantised_type(graph, unit.dequantize[0]);
  if (!is_eight_bits(type) || dtype(graph, output(graph.node(unit.quantize), 0)) != type) return false;
  std::vector<ValueId> inputs;
  append_operand(graph, unit.dequantize[0], inputs);
  append_result(graph, unit.quantize, inputs);
  replace(graph, unit,
          quantised_node(graph, unit, "QLinear" + graph.node(unit.target).op_type, ms_domain, std::move(inputs)));
  return true;
}

bool binary(PlanGraph& graph, const Unit& unit) {
  if (unit.dequantize.size() != 2 || !dequantized(unit, 2) || unit.quantize == no_node) return false;
  const DType type = quantised_type(graph, unit.dequantize[0]);
  if (!is_eight_bits(type) || quantised_type(graph, unit.dequantize[1]) != type ||
      dtype(graph, output(graph.node(unit.quantize), 0)) != type) {
    return false;
  }
  std::vector<ValueId> inputs;
  append_operand(graph, unit.dequantize[0], inputs);
  append_operand(graph, unit.dequantize[1], inputs);
  append_result(graph, unit.quantize, inputs);
  replace(graph, unit,
          quantised_node(graph, unit, "QLinear" + graph.node(unit.target).op_type, ms_domain, std::move(inputs)));
  return true;
}

bool concat(PlanGraph& graph, const Unit& unit) {
  if (unit.dequantize.empty() || !dequantized(unit, unit.dequantize.size()) || unit.quantize == no_node) return false;
  if (!is_eight_bits(quantised_type(graph, unit.dequantize[0]))) return false;
  std::vector<ValueId> inputs;
  append_result(graph, unit.quantize, inputs);
  for (const NodeId dequantize : unit.dequantize) append_operand(graph, dequantize, inputs);
  replace(graph, unit, quantised_node(graph, unit, "QLinearConcat", ms_domain, std::move(inputs)));
  return true;
}

bool conv(PlanGraph& graph, const Unit& unit) {
  if (!dequantized(unit, unit.dequantize.size()) || unit.dequantize.size() < 2 || unit.quantize == no_node)
    return false;
  const DType type = quantised_type(graph, unit.dequantize[0]);
  if (type != DType::uint8 || dtype(graph, output(graph.node(unit.quantize), 0)) != type) return false;
  if (!is_eight_bits(quantised_type(graph, unit.dequantize[1]))) return false;
  std::vector<ValueId> inputs;
  append_operand(graph, unit.dequantize[0], inputs);
  append_operand(graph, unit.dequantize[1], inputs);
  append_result(graph, unit.quantize, inputs);
  if (unit.dequantize.size() > 2) {
    if (quantised_type(graph, unit.dequantize[2]) != DType::int32) return false;
    inputs.push_back(input(graph.node(unit.dequantize[2]), 0));
  }
  replace(graph, unit, quantised_node(graph, unit, "QLinearConv", onnx_domain, std::move(inputs)));
  return true;
}

bool matmul(PlanGraph& graph, const Unit& unit) {
  if (unit.dequantize.size() != 2 || !dequantized(unit, 2)) return false;
  const DType type = quantised_type(graph, unit.dequantize[0]);
  if (type != DType::uint8 || !is_eight_bits(quantised_type(graph, unit.dequantize[1]))) return false;
  std::vector<ValueId> inputs;
  if (unit.quantize == no_node) {
    const Node a = graph.node(unit.dequantize[0]);
    const Node b = graph.node(unit.dequantize[1]);
    inputs = {input(a, 0), input(b, 0), input(a, 1), input(b, 1), input(a, 2), input(b, 2)};
    replace(graph, unit, quantised_node(graph, unit, "MatMulIntegerToFloat", ms_domain, std::move(inputs)));
    return true;
  }
  if (dtype(graph, output(graph.node(unit.quantize), 0)) != type) return false;
  append_operand(graph, unit.dequantize[0], inputs);
  append_operand(graph, unit.dequantize[1], inputs);
  append_result(graph, unit.quantize, inputs);
  replace(graph, unit, quantised_node(graph, unit, "QLinearMatMul", onnx_domain, std::move(inputs)));
  return true;
}

bool gemm(PlanGraph& graph, const Unit& unit) {
  if (unit.dequantize.size() < 2 || !dequantized(unit, unit.dequantize.size())) return false;
  if (quantised_type(graph, unit.dequantize[0]) != DType::uint8) return false;
  if (float_attribute(graph.node(unit.target), "beta").value_or(1) != 1 && unit.dequantize.size() > 2) return false;
  std::vector<ValueId> inputs;
  append_operand(graph, unit.dequantize[0], inputs);
  append_operand(graph, unit.dequantize[1], inputs);
  inputs.push_back(unit.dequantize.size() > 2 ? input(graph.node(unit.dequantize[2]), 0) : no_value);
  if (unit.quantize != no_node) append_result(graph, unit.quantize, inputs);
  Node node = quantised_node(graph, unit, "QGemm", ms_domain, std::move(inputs));
  std::erase_if(node.attributes, [](const Attribute& attribute) { return attribute.name == "beta"; });
  replace(graph, unit, std::move(node));
  return true;
}

bool where(PlanGraph& graph, const Unit& unit) {
  if (unit.dequantize.size() != 3 || unit.dequantize[1] == no_node || unit.dequantize[2] == no_node ||
      unit.quantize == no_node) {
    return false;
  }
  std::vector<ValueId> inputs{input(graph.node(unit.target), 0)};
  append_operand(graph, unit.dequantize[1], inputs);
  append_operand(graph, unit.dequantize[2], inputs);
  append_result(graph, unit.quantize, inputs);
  replace(graph, unit, quantised_node(graph, unit, "QLinearWhere", ms_domain, std::move(inputs)));
  return true;
}

bool fuse_group(PlanGraph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (!node.domain.empty()) return false;
  const Unit unit = unit_around(graph, id);
  if (std::ranges::all_of(unit.dequantize, [](NodeId before) { return before == no_node; })) return false;
  if (is_any(node, {"MaxPool", "ReduceMax", "ReduceMin", "Resize", "Expand", "Flatten", "Gather", "GatherElements",
                    "Reshape", "Slice", "Squeeze", "Tile", "Transpose", "Unsqueeze"})) {
    return drop(graph, unit);
  }
  if (is_any(node, {"AveragePool", "LeakyRelu", "GlobalAveragePool", "Sigmoid", "Softmax"})) return unary(graph, unit);
  if (is_any(node, {"Add", "Mul"})) return binary(graph, unit);
  if (node.op_type == "Split") return drop_around_split(graph, unit);
  if (node.op_type == "Concat") return concat(graph, unit);
  if (node.op_type == "Conv") return conv(graph, unit);
  if (node.op_type == "MatMul") return matmul(graph, unit);
  if (node.op_type == "Gemm") return gemm(graph, unit);
  if (node.op_type == "Where") return where(graph, unit);
  return false;
}

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
  Node before = make_node(name + "_q", "QuantizeLinear", quantize.domain, inputs, {quantised});
  before.attributes = quantize.attributes;
  graph.add_node(std::move(before));
  inputs[0] = quantised;
  graph.add_node(make_node(name + "_dq", "DequantizeLinear", quantize.domain, inputs, {whole}));
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

bool select_qdq(PlanGraph& graph, const Context&) { return for_each(graph, fuse_group); }

}  // namespace costscan::plan
