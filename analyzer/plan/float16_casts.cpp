// InsertCastTransformer: operators without a float16 kernel run in float32, between casts.
#include <algorithm>
#include <map>
#include <set>

#include "plan/float16_kernels.hpp"
#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

bool is_half(const PlanGraph& graph, ValueId value) {
  return value != no_value && dtype(graph, value) == DType::float16;
}

/// Copies and views work on any type; a few kernels compute in float16 (ONNX Runtime 1.31, x86-64).
bool has_half_kernel(const Node& node) {
  if (node.domain == ms_domain) {
    static constexpr std::string_view ops[] = {"MatMulNBits",
                                               "GroupQueryAttention",
                                               "RotaryEmbedding",
                                               "SkipLayerNormalization",
                                               "SkipSimplifiedLayerNormalization",
                                               "QuantizeLinear",
                                               "DequantizeLinear"};
    return std::ranges::find(ops, node.op_type) != std::end(ops);
  }
  static constexpr std::string_view ops[] = {"Cast",
                                             "Reshape",
                                             "Transpose",
                                             "Concat",
                                             "Split",
                                             "Slice",
                                             "Gather",
                                             "GatherElements",
                                             "GatherND",
                                             "Squeeze",
                                             "Unsqueeze",
                                             "Flatten",
                                             "Identity",
                                             "Shape",
                                             "Size",
                                             "Expand",
                                             "ConstantOfShape",
                                             "Tile",
                                             "If",
                                             "Loop",
                                             "Scan",
                                             "IsNaN",
                                             "IsInf",
                                             "QuantizeLinear",
                                             "DequantizeLinear",
                                             "LayerNormalization",
                                             "SimplifiedLayerNormalization",
                                             "RMSNormalization",
                                             "ScatterElements",
                                             "ScatterND",
                                             "Pad",
                                             "Where",
                                             "DepthToSpace",
                                             "SpaceToDepth",
                                             "Attention",
                                             "RotaryEmbedding",
                                             "TensorScatter",
                                             "Max",
                                             "Min"};
  return std::ranges::find(ops, node.op_type) != std::end(ops);
}

ValueId as_type(PlanGraph& graph, ValueId value, DType type, const std::string& prefix) {
  ValueType made = type_of(graph, value);
  made.info.dtype = type;
  return graph.add_value(prefix + graph.value(value).name, std::move(made));
}

void add_cast(PlanGraph& graph, ValueId from, ValueId to) {
  Node cast = make_node("InsertedPrecisionFreeCast_" + graph.value(from).name, "Cast", onnx_domain, {from}, {to});
  set_attribute(cast, "to", static_cast<std::int64_t>(graph.value(to).info.dtype));
  graph.add_node(std::move(cast));
}

class Caster {
 public:
  explicit Caster(PlanGraph& graph) : graph_(graph) {}

  bool run() {
    force_isolated();
    bool changed = false;
    const std::vector<NodeId> order = graph_.execution_order();
    for (const NodeId id : order) changed = (needs_float(id) && widen(id)) || changed;
    return changed;
  }

 private:
  bool needs_float(NodeId id) const { return !runs_on_cpu(graph_, graph_.node(id)) || forced_.contains(id); }

  /// A float16 kernel between operators that run in float32 joins them: fewer casts.
  void force_isolated() {
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      const auto id = static_cast<NodeId>(n);
      if (graph_.alive(id) && !graph_.at(id).has_subgraph && is_isolated(id)) forced_.insert(id);
    }
  }

  bool is_isolated(NodeId id) const {
    const Node& node = graph_.node(id);
    if (node.op_type == "Cast" || needs_float(id) || makes_graph_output(graph_, node)) return false;
    bool any_in = false;
    for (const ValueId in : node.inputs) {
      if (in != no_value && graph_.value(in).producer != no_node) any_in = true;
      if (!is_half(graph_, in) || is_constant(graph_, in)) continue;
      const NodeId producer = graph_.value(in).producer;
      if (producer == no_node || !needs_float(producer)) return false;
    }
    bool any_out = false;
    for (const ValueId out : node.outputs) {
      if (!is_half(graph_, out)) continue;
      for (const Use& use : graph_.value(out).uses) {
        if (!needs_float(use.node)) return false;
        any_out = true;
      }
    }
    return any_in && any_out;
  }

  /// Constants of an operator's function body are float32 already.
  bool is_function_constant(ValueId value) const {
    return is_constant(graph_, value) && !graph_.value(value).tensor &&
           graph_.value(value).name.starts_with("_inlfunc_");
  }

  bool widen(NodeId id) {
    const std::vector<ValueId> inputs = graph_.node(id).inputs;
    for (std::size_t slot = 0; slot < inputs.size(); ++slot) {
      if (!is_half(graph_, inputs[slot])) continue;
      ValueId& wide = wide_.try_emplace(inputs[slot], no_value).first->second;
      if (wide == no_value) {
        wide = as_type(graph_, inputs[slot], DType::float32, "InsertedPrecisionFreeCast_");
        if (is_function_constant(inputs[slot])) {
          graph_.value(wide).initializer = true;
          graph_.value(wide).info.constant = true;
        } else {
          add_cast(graph_, inputs[slot], wide);
        }
      }
      graph_.set_input(id, slot, wide);
    }
    const std::vector<ValueId> outputs = graph_.node(id).outputs;
    for (std::size_t slot = 0; slot < outputs.size(); ++slot) {
      if (!is_half(graph_, outputs[slot])) continue;
      const ValueId wide = as_type(graph_, outputs[slot], DType::float32, "InsertedPrecisionFreeCast_");
      graph_.set_output(id, slot, wide);
      add_cast(graph_, wide, outputs[slot]);
      wide_[outputs[slot]] = wide;
    }
    return true;
  }

  PlanGraph& graph_;
  std::set<NodeId> forced_;
  std::map<ValueId, ValueId> wide_;
};

enum class Group { other, boolean, integer, floating };

Group group_of(DType type) {
  if (type == DType::boolean) return Group::boolean;
  if (is_floating(type)) return Group::floating;
  return is_integer(type) ? Group::integer : Group::other;
}

/// Casts behind a cast: what returns to the first one's type goes with it, and the first goes where only casts read it.
bool merge_casts(PlanGraph& graph, NodeId id) {
  const Node node = graph.node(id);
  if (!is_op(node, "Cast")) return false;
  if (edge_count(graph, node) == 0 && !makes_graph_output(graph, node)) {
    graph.remove(id);
    return true;
  }
  const DType from = dtype(graph, input(node, 0));
  const DType to = dtype(graph, output(node, 0));
  if (group_of(from) == Group::other || group_of(to) == Group::other) return false;
  const bool loses = group_of(from) > group_of(to);
  std::vector<NodeId> inverse;
  std::vector<NodeId> others;
  const std::vector<Use> uses = graph.value(output(node, 0)).uses;
  for (const Use& use : uses) {
    if (use.input < 0 || !is_op(graph.node(use.node), "Cast")) continue;
    const ValueId out = output(graph.node(use.node), 0);
    const DType last = dtype(graph, out);
    if (group_of(last) == Group::other || (loses && group_of(last) > group_of(to))) return false;
    (last == from && !graph.value(out).graph_output ? inverse : others).push_back(use.node);
  }
  if (inverse.empty() && others.size() != uses.size()) return false;
  for (const NodeId cast : inverse) {
    graph.replace_uses(output(graph.node(cast), 0), input(node, 0));
    graph.remove(cast);
  }
  const bool removable =
      !uses.empty() && inverse.size() + others.size() == uses.size() && !makes_graph_output(graph, node);
  if (!removable) return !inverse.empty();
  for (const NodeId cast : others) graph.set_input(cast, 0, input(node, 0));
  graph.remove(id);
  return true;
}

}  // namespace

bool runs_on_cpu(const PlanGraph& graph, const Node& node) {
  const bool half = std::ranges::any_of(node.inputs, [&](ValueId in) { return is_half(graph, in); });
  return !half || has_half_kernel(node);
}

// A float16 constant is widened when the session is made.
bool fuse_float16_initializers(PlanGraph& graph, const Context&) {
  return for_each(graph, [](PlanGraph& changed, NodeId id) {
    const Node& node = changed.node(id);
    if (!is_op(node, "Cast") || !is_constant(changed, input(node, 0)) || !is_half(changed, input(node, 0)))
      return false;
    if (edge_count(changed, node) != 1) return false;  // a cast that several read stays
    changed.fold(id);
    return true;
  });
}

bool insert_float16_casts(PlanGraph& graph, const Context&) { return Caster(graph).run(); }

bool remove_duplicate_casts(PlanGraph& graph, const Context&) {
  bool changed = false;
  const std::size_t count = graph.nodes.size();
  for (std::size_t n = 0; n < count; ++n) {
    const auto id = static_cast<NodeId>(n);
    changed = (graph.alive(id) && merge_casts(graph, id)) || changed;
  }
  return changed;
}

}  // namespace costscan::plan
