// MatMulIntegerToFloatFusion and DynamicQuantizeMatMulFusion.
#include <algorithm>

#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

bool is_bias(const PlanGraph& graph, ValueId value, ValueId weights) {
  const Shape* shape = planned_shape(graph, value);
  const Shape* columns = planned_shape(graph, weights);
  return is_constant(graph, value) && shape != nullptr && shape->size() == 1 && columns != nullptr &&
         !columns->empty() && (*shape)[0] == columns->back();
}

// Cast(MatMulInteger(a, b)) * (a_scale * b_scale) (+ bias)
bool match_to_float(PlanGraph& graph, NodeId id) {
  const Node& mul = graph.node(id);
  if (!is_op(mul, "Mul")) return false;
  for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
    const NodeId cast = parent_op(graph, mul, slot, "Cast");
    const NodeId scales = parent_op(graph, mul, 1 - slot, "Mul");
    if (cast == no_node || scales == no_node || sole_consumer(graph, graph.node(cast)) != id) continue;
    const NodeId matmul = parent_op(graph, graph.node(cast), 0, "MatMulInteger");
    if (matmul == no_node || sole_consumer(graph, graph.node(matmul)) != cast) continue;
    if (makes_graph_output(graph, graph.node(scales))) continue;
    const Node product = graph.node(matmul);
    const bool swapped = is_constant(graph, input(graph.node(scales), 0));
    std::vector<ValueId> inputs{input(product, 0),
                                input(product, 1),
                                input(graph.node(scales), swapped ? 1 : 0),
                                input(graph.node(scales), swapped ? 0 : 1),
                                input(product, 2),
                                input(product, 3)};
    std::vector<NodeId> members{matmul, cast, id};
    const NodeId add = sole_consumer(graph, mul);
    if (add != no_node && is_op(graph.node(add), "Add")) {
      const ValueId bias = other_input(graph.node(add), output(mul, 0));
      if (is_bias(graph, bias, input(product, 1))) {
        inputs.push_back(bias);
        members.push_back(add);
      }
    }
    while (inputs.back() == no_value) inputs.pop_back();
    fuse(graph, make_node("MatMulIntegerToFloat", "MatMulIntegerToFloat", ms_domain, std::move(inputs), {}), members);
    if (edge_count(graph, graph.node(scales)) == 0) graph.remove(scales);
    return true;
  }
  return false;
}

bool match_dynamic(PlanGraph& graph, NodeId id) {
  const Node& matmul = graph.node(id);
  if (!is_op(matmul, "MatMulIntegerToFloat", ms_domain)) return false;
  if (!is_constant(graph, input(matmul, 1)) || !is_constant(graph, input(matmul, 3))) return false;
  for (const std::size_t slot : {std::size_t{5}, std::size_t{6}}) {
    if (input(matmul, slot) != no_value && !is_constant(graph, input(matmul, slot))) return false;
  }
  const NodeId quantize = parent_op(graph, matmul, 0, "DynamicQuantizeLinear");
  if (quantize == no_node || edge_count(graph, graph.node(quantize)) != 3 ||
      makes_graph_output(graph, graph.node(quantize))) {
    return false;
  }
  std::vector<ValueId> inputs{input(graph.node(quantize), 0), input(matmul, 1), input(matmul, 3), input(matmul, 5),
                              input(matmul, 6)};
  while (inputs.back() == no_value) inputs.pop_back();
  fuse(graph, make_node("DynamicQuantizeMatMul", "DynamicQuantizeMatMul", ms_domain, std::move(inputs), {}),
       {quantize, id});
  return true;
}

}  // namespace

bool fuse_matmul_integer_to_float(PlanGraph& graph, const Context&) { return for_each(graph, match_to_float); }

bool fuse_dynamic_quantize_matmul(PlanGraph& graph, const Context&) { return for_each(graph, match_dynamic); }

}  // namespace costscan::plan
