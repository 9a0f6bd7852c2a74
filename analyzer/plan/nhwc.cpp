// NhwcTransformer: quantised convolutions work on channels-last data; the transposes around them then move to where
// they cancel.
#include "plan/transformers.hpp"
#include "plan/transpose_rules.hpp"

namespace costscan::plan {
namespace {

ValueId moved_value(PlanGraph& graph, ValueId from, const Perm& perm, const std::string& name) {
  ValueType type = type_of(graph, from);
  for (auto* shape : {&type.info.shape, &type.planned}) {
    if (!*shape) continue;
    Shape moved;
    for (const std::int64_t axis : perm) moved.push_back((**shape)[static_cast<std::size_t>(axis)]);
    *shape = std::move(moved);
  }
  return graph.add_value(name, std::move(type));
}

void add_transpose(PlanGraph& graph, ValueId from, ValueId to, const Perm& perm) {
  Node node = make_node("Transpose", "Transpose", onnx_domain, {from}, {to});
  set_attribute(node, "perm", perm);
  graph.add_node(std::move(node));
}

bool is_candidate(const PlanGraph& graph, const Node& node) {
  if (node.op_type != "QLinearConv" || int_attribute(node, "channels_last").value_or(0) != 0) return false;
  const Shape* in = planned_shape(graph, input(node, 0));
  const Shape* out = planned_shape(graph, output(node, 0));
  return in != nullptr && in->size() == 4 && out != nullptr && out->size() == 4;
}

bool wrap(PlanGraph& graph, NodeId id) {
  if (!is_candidate(graph, graph.node(id))) return false;
  Node conv = graph.node(id);
  const Perm last = channels_last_perm();
  const ValueId in = conv.inputs[0];
  const ValueId out = conv.outputs[0];
  graph.remove(id);
  conv.inputs[0] = moved_value(graph, in, last, "Transpose_out0");
  conv.outputs[0] = moved_value(graph, out, last, conv.name);
  conv.domain = std::string(ms_domain);
  set_attribute(conv, "channels_last", std::int64_t{1});
  add_transpose(graph, in, conv.inputs[0], last);
  const ValueId made = conv.outputs[0];
  graph.add_node(std::move(conv));
  add_transpose(graph, made, out, inverse(last));
  return true;
}

}  // namespace

bool transform_to_nhwc(PlanGraph& graph, const Context& context) {
  if (!for_each(graph, wrap)) return false;
  optimize_transposes(graph, context);
  return true;
}

}  // namespace costscan::plan
