// GatherSliceToSplitFusion and GatherToSliceFusion.
#include <algorithm>
#include <string>

#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

/// What one reader takes of the axis that is split.
struct Part {
  NodeId node = no_node;
  std::int64_t start = 0;
  std::int64_t length = 0;
  bool squeeze = false;  ///< a scalar index drops the axis
};

std::optional<std::int64_t> single(const PlanGraph& graph, ValueId value) {
  const auto ints = constant_ints(graph, value);
  if (!ints || ints->size() != 1) return std::nullopt;
  return ints->front();
}

std::optional<std::int64_t> axis_of(const PlanGraph& graph, const Node& node, std::int64_t rank) {
  std::optional<std::int64_t> axis = int_attribute(node, "axis").value_or(0);
  if (node.op_type == "Slice") axis = single(graph, input(node, 3));
  if (!axis) return std::nullopt;
  *axis += *axis < 0 ? rank : 0;
  return *axis >= 0 && *axis < rank ? axis : std::nullopt;
}

std::optional<Part> part_of(const PlanGraph& graph, NodeId id, std::int64_t extent) {
  const Node& node = graph.node(id);
  auto start = single(graph, input(node, 1));
  if (!start || dtype(graph, input(node, 1)) != DType::int64) return std::nullopt;
  *start += *start < 0 ? extent : 0;
  if (node.op_type == "Gather") {
    if (*start < 0 || *start >= extent) return std::nullopt;
    return Part{id, *start, 1, graph.value(input(node, 1)).info.shape->empty()};
  }
  auto end = single(graph, input(node, 2));
  if (!end || (input(node, 4) != no_value && single(graph, input(node, 4)) != 1)) return std::nullopt;
  *end += *end < 0 ? extent : 0;
  *start = std::clamp<std::int64_t>(*start, 0, extent);
  *end = std::clamp<std::int64_t>(*end, 0, extent);
  if (*start >= *end) return std::nullopt;
  return Part{id, *start, *end - *start, false};
}

/// The Gather and Slice readers of a value, where together they take its whole axis, each element once; sorted.
std::vector<Part> parts_of(const PlanGraph& graph, ValueId source, std::int64_t& axis) {
  const Shape* shape = planned_shape(graph, source);
  std::vector<Part> parts;
  if (shape == nullptr) return parts;
  const auto rank = static_cast<std::int64_t>(shape->size());
  axis = -1;
  std::int64_t taken = 0;
  for (const Use& use : graph.value(source).uses) {
    if (use.input != 0 || !is_any(graph.node(use.node), {"Gather", "Slice"})) continue;
    const auto along = axis_of(graph, graph.node(use.node), rank);
    if (!along || (axis >= 0 && *along != axis)) return {};
    axis = *along;
    const std::int64_t extent = (*shape)[static_cast<std::size_t>(axis)];
    const auto part = extent < 0 ? std::nullopt : part_of(graph, use.node, extent);
    if (!part) return {};
    taken += part->length;
    parts.push_back(*part);
  }
  if (parts.size() < 2 || taken != (*shape)[static_cast<std::size_t>(axis)]) return {};
  std::ranges::sort(parts, {}, &Part::start);
  std::int64_t at = 0;
  for (const Part& part : parts) {
    if (part.start != at) return {};
    at += part.length;
  }
  return parts;
}

bool split(PlanGraph& graph, ValueId source) {
  std::int64_t axis = -1;
  const std::vector<Part> parts = parts_of(graph, source, axis);
  if (parts.empty()) return false;
  std::vector<std::int64_t> lengths;
  std::vector<ValueId> outputs;
  std::string name;
  for (const Part& part : parts) {
    name = graph.node(part.node).name;
    const ValueId original = output(graph.node(part.node), 0);
    lengths.push_back(part.length);
    graph.remove(part.node);
    if (!part.squeeze) {
      outputs.push_back(original);
      continue;
    }
    ValueType type = type_of(graph, source);
    (*type.info.shape)[static_cast<std::size_t>(axis)] = part.length;
    (*type.planned)[static_cast<std::size_t>(axis)] = part.length;
    outputs.push_back(graph.add_value("split_output", std::move(type)));
    const ValueId axes = graph.add_ints("squeeze_axes", {axis});
    graph.add_node(make_node("Squeeze", "Squeeze", onnx_domain, {outputs.back(), axes}, {original}));
  }
  const ValueId lengths_value = graph.add_ints("splits", lengths);
  Node node = make_node(name + "/GatherSliceToSplitFusion", "Split", onnx_domain, {source, lengths_value}, outputs);
  set_attribute(node, "axis", axis);
  graph.add_node(std::move(node));
  return true;
}

// Range as indices of a Gather: Slice.
bool match_slice(PlanGraph& graph, NodeId id) {
  const Node range = graph.node(id);
  if (!is_op(range, "Range")) return false;
  const NodeId gather = sole_consumer(graph, range);
  if (gather == no_node || !is_op(graph.node(gather), "Gather")) return false;
  const Node gathered = graph.node(gather);
  if (input(gathered, 1) != output(range, 0)) return false;
  std::vector<ValueId> bounds;
  const bool axes_input = opset(graph) >= 13;
  const ValueId zero = axes_input ? graph.add_ints("UnsqueezeAxesInitializer", {0}) : no_value;
  for (std::size_t i = 0; i < 3; ++i) {
    const ValueId from = input(range, i);
    const Shape one{1};
    const ValueId to =
        graph.add_value("unsqueeze_output_" + std::to_string(i), with_shape(type_of(graph, from), one, one));
    Node unsqueeze = make_node("Unsqueeze_" + std::to_string(i), "Unsqueeze", onnx_domain, {from}, {to});
    if (axes_input) {
      unsqueeze.inputs.push_back(zero);
    } else {
      set_attribute(unsqueeze, "axes", std::vector<std::int64_t>{0});
    }
    graph.add_node(std::move(unsqueeze));
    bounds.push_back(to);
  }
  const ValueId axis = graph.add_ints("SliceAxesInitializer", {int_attribute(gathered, "axis").value_or(0)});
  fuse(graph, make_node("Slice", "Slice", onnx_domain, {input(gathered, 0), bounds[0], bounds[1], axis, bounds[2]}, {}),
       {id, gather});
  return true;
}

}  // namespace

bool fuse_gather_to_split(PlanGraph& graph, const Context&) {
  constexpr std::int64_t first_opset = 13;  // Split and Squeeze take their lengths and axes as inputs
  if (opset(graph) < first_opset) return false;
  std::vector<ValueId> candidates;
  for (std::size_t v = 0; v < graph.values.size(); ++v) {
    const PlanValue& value = graph.values[v];
    if ((value.graph_input || value.initializer) && value.uses.size() > 1)
      candidates.push_back(static_cast<ValueId>(v));
  }
  for (const NodeId id : graph.execution_order()) {
    const Node& node = graph.node(id);
    if (node.op_type != "Shape" && node.outputs.size() == 1 && edge_count(graph, node) > 1) {
      candidates.push_back(node.outputs[0]);
    }
  }
  bool changed = false;
  for (const ValueId source : candidates) changed = split(graph, source) || changed;
  return changed;
}

bool fuse_gather_to_slice(PlanGraph& graph, const Context&) { return for_each(graph, match_slice); }

}  // namespace costscan::plan
