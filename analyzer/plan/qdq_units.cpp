// QDQSelectorActionTransformer: DequantizeLinear -> operator -> QuantizeLinear becomes one quantised operator.
#include <algorithm>
#include <utility>

#include "plan/qdq.hpp"
#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

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
    if (!bias_step_fits(graph, unit.dequantize[0], unit.dequantize[1], unit.dequantize[2])) return false;
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

}  // namespace

bool select_qdq(PlanGraph& graph, const Context&) { return for_each(graph, fuse_group); }

}  // namespace costscan::plan
