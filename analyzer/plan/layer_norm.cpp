// LayerNormFusion and SimplifiedLayerNormFusion.
#include <algorithm>

#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

bool is_norm_type(const PlanGraph& graph, ValueId value) {
  const DType type = dtype(graph, value);
  return type == DType::float32 || type == DType::float16 || type == DType::float64 || type == DType::bfloat16;
}

/// Axes of a ReduceMean, as attribute or (since version 18) as constant input; nullopt where unknown.
std::optional<std::vector<std::int64_t>> mean_axes(const PlanGraph& graph, const Node& node) {
  if (const auto* listed = ints_attribute(node, "axes")) return *listed;
  return constant_ints(graph, input(node, 1));
}

/// The first of the normalised axes, where these are the last ones without a gap; nullopt otherwise.
std::optional<std::int64_t> first_axis(const PlanGraph& graph, const Node& mean) {
  auto axes = mean_axes(graph, mean);
  if (!axes || axes->empty()) return std::nullopt;
  const Shape* shape = planned_shape(graph, input(mean, 0));
  const auto rank = shape == nullptr ? std::int64_t{0} : static_cast<std::int64_t>(shape->size());
  if (shape == nullptr)
    return axes->size() == 1 && axes->front() == -1 ? std::optional<std::int64_t>(-1) : std::nullopt;
  for (std::int64_t& axis : *axes) axis += axis < 0 ? rank : 0;
  std::ranges::sort(*axes);
  for (std::size_t i = 0; i < axes->size(); ++i) {
    if ((*axes)[i] != rank - static_cast<std::int64_t>(axes->size() - i)) return std::nullopt;
  }
  return axes->front();
}

/// A constant (or graph input) of the normalised axes among the inputs of `node`.
ValueId affine_operand(const PlanGraph& graph, const Node& node, std::size_t rank) {
  ValueId found = no_value;
  for (const ValueId in : node.inputs) {
    if (in == no_value || (!is_constant(graph, in) && !graph.value(in).graph_input)) continue;
    const Shape* shape = planned_shape(graph, in);
    if (shape != nullptr && shape->size() == rank) found = in;
  }
  return found;
}

struct Readers {
  std::vector<NodeId> subs;
  bool others = false;
};

Readers readers_of(const PlanGraph& graph, const Node& node) {
  Readers readers;
  for (const Use& use : graph.value(output(node, 0)).uses) {
    if (use.input >= 0 && is_op(graph.node(use.node), "Sub")) {
      readers.subs.push_back(use.node);
    } else {
      readers.others = true;
    }
  }
  return readers;
}

NodeId reader_op(const PlanGraph& graph, NodeId id, std::string_view op_type) {
  for (const Use& use : graph.value(output(graph.node(id), 0)).uses) {
    if (use.input >= 0 && is_op(graph.node(use.node), op_type)) return use.node;
  }
  return no_node;
}

NodeId through_cast_up(const PlanGraph& graph, NodeId id, std::size_t slot, std::vector<NodeId>& casts) {
  const NodeId before = parent(graph, graph.node(id), slot);
  if (before == no_node || !is_op(graph.node(before), "Cast") || edge_count(graph, graph.node(before)) != 1)
    return before;
  casts.push_back(before);
  return parent(graph, graph.node(before), 0);
}

NodeId alone(const PlanGraph& graph, NodeId id, std::string_view op_type) {
  if (id == no_node || !is_op(graph.node(id), op_type)) return no_node;
  return sole_consumer(graph, graph.node(id)) == no_node ? no_node : id;
}

/// The parent that is an op of that kind, whichever input it feeds.
NodeId some_parent(const PlanGraph& graph, NodeId id, std::string_view op_type) {
  for (std::size_t slot = 0; slot < graph.node(id).inputs.size(); ++slot) {
    const NodeId found = parent_op(graph, graph.node(id), slot, op_type);
    if (found != no_node) return found;
  }
  return no_node;
}

float epsilon_of(const PlanGraph& graph, NodeId add) {
  for (const ValueId in : graph.node(add).inputs) {
    if (const auto epsilon = constant_scalar(graph, in)) return static_cast<float>(*epsilon);
  }
  return 1e-5F;
}

/// Sqrt <- Add <- ReduceMean <- Pow before `div`; each with one reader. Empty where something else is there.
std::vector<NodeId> variance_chain(const PlanGraph& graph, NodeId div) {
  const NodeId sqrt = alone(graph, some_parent(graph, div, "Sqrt"), "Sqrt");
  if (sqrt == no_node) return {};
  const NodeId add = alone(graph, parent(graph, graph.node(sqrt), 0), "Add");
  if (add == no_node) return {};
  const NodeId mean = alone(graph, some_parent(graph, add, "ReduceMean"), "ReduceMean");
  if (mean == no_node) return {};
  const NodeId pow = alone(graph, parent(graph, graph.node(mean), 0), "Pow");
  if (pow == no_node || !has_scalar(graph, input(graph.node(pow), 1), 2)) return {};
  return {sqrt, add, mean, pow};
}

bool match_layer_norm(PlanGraph& graph, NodeId id) {
  const Node& mean = graph.node(id);
  if (!is_op(mean, "ReduceMean") || makes_graph_output(graph, mean) || !is_norm_type(graph, input(mean, 0)))
    return false;
  const Readers readers = readers_of(graph, mean);
  if (readers.others || readers.subs.empty() || readers.subs.size() > 2) return false;
  const ValueId x = input(mean, 0);
  NodeId div = no_node;
  std::vector<NodeId> casts;
  for (const NodeId sub : readers.subs) {
    if (input(graph.node(sub), 0) != x || makes_graph_output(graph, graph.node(sub))) return false;
    const NodeId direct = reader_op(graph, sub, "Div");
    if (div == no_node) div = direct;
    if (div != no_node) continue;
    const NodeId cast = reader_op(graph, sub, "Cast");
    const NodeId behind = cast == no_node ? no_node : sole_consumer(graph, graph.node(cast));
    if (behind == no_node || !is_op(graph.node(behind), "Div")) continue;
    casts.push_back(cast);
    div = behind;
  }
  if (div == no_node || sole_consumer(graph, graph.node(div)) == no_node) return false;
  const std::vector<NodeId> chain = variance_chain(graph, div);
  if (chain.empty()) return false;
  const NodeId pow_source = through_cast_up(graph, chain[3], 0, casts);
  if (std::ranges::find(readers.subs, pow_source) == readers.subs.end()) return false;
  const std::size_t sub_readers = readers.subs.size() == 1 ? 2 : 1;
  for (const NodeId sub : readers.subs) {
    if (edge_count(graph, graph.node(sub)) != sub_readers) return false;
  }
  const NodeId mul = sole_consumer(graph, graph.node(div));
  if (!is_op(graph.node(mul), "Mul")) return false;
  const NodeId last = sole_consumer(graph, graph.node(mul));
  if (last == no_node || !is_op(graph.node(last), "Add")) return false;
  const auto axis = first_axis(graph, mean);
  if (!axis) return false;
  const std::size_t rank = mean_axes(graph, mean)->size();
  const ValueId scale = affine_operand(graph, graph.node(mul), rank);
  const ValueId bias = affine_operand(graph, graph.node(last), rank);
  if (scale == no_value || bias == no_value) return false;
  if (graph.value(scale).info.shape != graph.value(bias).info.shape) return false;
  Node norm = make_node("LayerNormalization", "LayerNormalization", onnx_domain, {x, scale, bias}, {});
  set_attribute(norm, "epsilon", epsilon_of(graph, chain[1]));
  set_attribute(norm, "axis", *axis);
  std::vector<NodeId> members{id};
  members.insert(members.end(), readers.subs.begin(), readers.subs.end());
  members.insert(members.end(), casts.begin(), casts.end());
  members.insert(members.end(), chain.begin(), chain.end());
  members.insert(members.end(), {div, mul, last});
  fuse(graph, std::move(norm), members);
  return true;
}

// x / sqrt(mean(x^2) + epsilon) * scale; the runtime's operator has no opset but its own.
bool match_simplified(PlanGraph& graph, NodeId id) {
  const Node& pow = graph.node(id);
  if (!is_op(pow, "Pow") || !has_scalar(graph, input(pow, 1), 2) || !is_norm_type(graph, input(pow, 0))) return false;
  const NodeId mean = sole_consumer(graph, pow);
  if (mean == no_node || !is_op(graph.node(mean), "ReduceMean")) return false;
  const NodeId add = sole_consumer(graph, graph.node(mean));
  if (add == no_node || !is_op(graph.node(add), "Add")) return false;
  const NodeId sqrt = sole_consumer(graph, graph.node(add));
  if (sqrt == no_node || !is_op(graph.node(sqrt), "Sqrt")) return false;
  const NodeId div = sole_consumer(graph, graph.node(sqrt));
  if (div == no_node || !is_op(graph.node(div), "Div") || input(graph.node(div), 0) != input(pow, 0)) return false;
  std::vector<NodeId> members{id, mean, add, sqrt, div};
  NodeId next = sole_consumer(graph, graph.node(div));
  if (next != no_node && is_op(graph.node(next), "Cast")) {
    members.push_back(next);
    next = sole_consumer(graph, graph.node(next));
  }
  if (next == no_node || !is_op(graph.node(next), "Mul")) return false;
  const auto axis = first_axis(graph, graph.node(mean));
  if (!axis) return false;
  const ValueId scale = affine_operand(graph, graph.node(next), mean_axes(graph, graph.node(mean))->size());
  if (scale == no_value) return false;
  members.push_back(next);
  ValueId x = input(pow, 0);
  const NodeId cast = graph.value(x).producer;
  if (cast != no_node && is_op(graph.node(cast), "Cast") && graph.value(x).uses.size() == 2 &&
      dtype(graph, input(graph.node(cast), 0)) == dtype(graph, scale)) {
    x = input(graph.node(cast), 0);
    members.insert(members.begin(), cast);
  }
  Node norm = make_node("SimplifiedLayerNormalization", "SimplifiedLayerNormalization", onnx_domain, {x, scale}, {});
  set_attribute(norm, "epsilon", epsilon_of(graph, add));
  set_attribute(norm, "axis", *axis);
  fuse(graph, std::move(norm), members);
  return true;
}

}  // namespace

bool fuse_layer_norm(PlanGraph& graph, const Context& context) {
  // ONNX has LayerNormalization since version 17; before, the runtime's own operator waits for level 2.
  if (context.level == 1 && opset(graph) < 17) return false;
  return for_each(graph, match_layer_norm);
}

bool fuse_simplified_layer_norm(PlanGraph& graph, const Context&) { return for_each(graph, match_simplified); }

}  // namespace costscan::plan
