// Level 1 rules that remove a node which changes nothing.
#include <algorithm>
#include <limits>

#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

/// The producer's output takes the name of the graph output behind it.
bool output_takes_name(PlanGraph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const ValueId in = input(node, 0);
  const ValueId out = output(node, 0);
  if (in == no_value || out == no_value) return false;
  const PlanValue& source = graph.value(in);
  if (!graph.value(out).graph_output || !graph.value(out).uses.empty()) return false;
  if (source.producer == no_node || source.graph_output || source.uses.size() != 1) return false;
  const NodeId producer = source.producer;
  const auto& outputs = graph.node(producer).outputs;
  const auto slot = static_cast<std::size_t>(std::ranges::find(outputs, in) - outputs.begin());
  graph.remove(id);
  graph.set_output(producer, slot, out);
  return true;
}

}  // namespace

bool eliminate_identity(PlanGraph& graph, NodeId id) {
  if (!is_op(graph.node(id), "Identity")) return false;
  return bypass(graph, id) || output_takes_name(graph, id);
}

bool eliminate_dropout(PlanGraph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (!is_op(node, "Dropout")) return false;
  const ValueId mask = output(node, 1);
  if (mask != no_value && (!graph.value(mask).uses.empty() || graph.value(mask).graph_output)) return false;
  const ValueId training = input(node, 2);
  if (training != no_value) {
    const auto on = constant_ints(graph, training);
    if (!on || on->size() != 1 || on->front() != 0) return false;
  }
  return bypass(graph, id) || output_takes_name(graph, id);
}

bool eliminate_cast(PlanGraph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (!is_op(node, "Cast") || dtype(graph, input(node, 0)) == DType::undefined) return false;
  return int_attribute(node, "to") == static_cast<std::int64_t>(dtype(graph, input(node, 0))) && bypass(graph, id);
}

bool eliminate_expand(PlanGraph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (!is_op(node, "Expand")) return false;
  const Shape* from = planned_shape(graph, input(node, 0));
  const auto to = constant_ints(graph, input(node, 1));
  if (from == nullptr || !to || to->size() > from->size()) return false;
  const std::size_t offset = from->size() - to->size();
  for (std::size_t i = 0; i < to->size(); ++i) {
    if ((*to)[i] != 1 && (*to)[i] != (*from)[offset + i]) return false;
  }
  return bypass(graph, id);
}

bool eliminate_pre_shape(PlanGraph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (!is_op(node, "Cast") || makes_graph_output(graph, node)) return false;
  const auto& uses = graph.value(output(node, 0)).uses;
  if (uses.empty() || !std::ranges::all_of(uses, [&](const Use& use) {
        return use.input == 0 && is_op(graph.node(use.node), "Shape");
      })) {
    return false;
  }
  return bypass(graph, id);
}

bool eliminate_noop(PlanGraph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (!is_any(node, {"Add", "Sub", "Mul", "Div"}) || node.inputs.size() != 2) return false;
  const bool first = is_constant(graph, node.inputs[0]);
  if (first == is_constant(graph, node.inputs[1])) return false;
  if (first && (node.op_type == "Sub" || node.op_type == "Div")) return false;
  const ValueId constant = node.inputs[first ? 0 : 1];
  const ValueId other = node.inputs[first ? 1 : 0];
  const Shape* shape = planned_shape(graph, other);
  const auto& constant_shape = graph.value(constant).info.shape;
  if (shape == nullptr || !constant_shape || constant_shape->size() > shape->size()) return false;
  const double neutral = node.op_type == "Add" || node.op_type == "Sub" ? 0 : 1;
  if (constant_scalar(graph, constant) != neutral) return false;
  if (makes_graph_output(graph, node)) return false;
  const ValueId out = output(node, 0);
  if (std::ranges::any_of(graph.value(out).uses, [](const Use& use) { return use.input < 0; })) return false;
  graph.replace_uses(out, other);
  graph.remove(id);
  return true;
}

bool eliminate_slice(PlanGraph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (!is_op(node, "Slice")) return false;
  const auto operand = [&](std::size_t slot, std::string_view attribute) -> std::optional<std::vector<std::int64_t>> {
    if (const auto* listed = ints_attribute(node, attribute)) return *listed;
    return constant_ints(graph, input(node, slot));
  };
  const auto starts = operand(1, "starts");
  const auto ends = operand(2, "ends");
  if (!starts || !ends || starts->size() != ends->size()) return false;
  if (input(node, 4) != no_value) {
    const auto steps = constant_ints(graph, input(node, 4));
    if (!steps || std::ranges::any_of(*steps, [](std::int64_t step) { return step != 1; })) return false;
  }
  // Ends are not compared with extents, even where these are known.
  constexpr std::int64_t everything = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < starts->size(); ++i) {
    if ((*starts)[i] != 0 || (*ends)[i] < everything) return false;
  }
  return bypass(graph, id);
}

bool fold_unsqueeze(PlanGraph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (!is_op(node, "Unsqueeze") || !is_constant(graph, input(node, 0)) || makes_graph_output(graph, node)) return false;
  if (input(node, 1) != no_value && !is_constant(graph, input(node, 1))) return false;
  graph.fold(id);
  return true;
}

}  // namespace costscan::plan
