// TransposeOptimizer: pushes transposes through operators towards others that cancel them, where its estimate (the rank
// of what would be transposed) says that this pays.
#include <algorithm>
#include <numeric>
#include <set>

#include "plan/transformers.hpp"
#include "plan/transpose_rules.hpp"

namespace costscan::plan {
namespace {

const Perm* perm_of(const PlanGraph& graph, NodeId id) {
  if (id == no_node || !is_op(graph.node(id), "Transpose")) return nullptr;
  return ints_attribute(graph.node(id), "perm");
}

bool is_identity(const Perm& perm) {
  for (std::size_t i = 0; i < perm.size(); ++i) {
    if (perm[i] != static_cast<std::int64_t>(i)) return false;
  }
  return true;
}

/// First `first`, then `second`: what one transpose with the result does.
Perm composed(const Perm& first, const Perm& second) {
  Perm out;
  for (const std::int64_t axis : second) out.push_back(first[static_cast<std::size_t>(axis)]);
  return out;
}

std::optional<Shape> moved(const std::optional<Shape>& shape, const Perm& perm) {
  if (!shape || shape->size() != perm.size()) return std::nullopt;
  return composed(*shape, perm);
}

/// Extents other than 1: what transposing a tensor is taken to cost.
int cost_of(const PlanGraph& graph, ValueId value) {
  const Shape* shape = planned_shape(graph, value);
  constexpr int unknown = 5;
  if (shape == nullptr) return unknown;
  return static_cast<int>(std::ranges::count_if(*shape, [](std::int64_t extent) { return extent != 1; }));
}

class Pusher {
 public:
  explicit Pusher(PlanGraph& graph) : graph_(graph) {}

  bool run() {
    const std::vector<NodeId> order = graph_.execution_order();
    find_leading(order);
    bool changed = false;
    for (const NodeId id : order) changed = (graph_.alive(id) && visit(id)) || changed;
    return changed;
  }

 private:
  /// Values that end in a Transpose, through operators that can be transposed.
  void find_leading(const std::vector<NodeId>& order) {
    for (auto at = order.rbegin(); at != order.rend(); ++at) {
      const Node& node = graph_.node(*at);
      if (is_op(node, "Transpose")) {
        leading_.insert(input(node, 0));
        continue;
      }
      const bool leads = std::ranges::any_of(node.outputs, [&](ValueId out) { return leading_.contains(out); });
      if (!leads) continue;
      for (const std::size_t slot : transposable_inputs(graph_, node)) {
        // Where several read a value, the runtime does not count on the Transpose behind one of them.
        if (graph_.value(node.inputs[slot]).uses.size() == 1) leading_.insert(node.inputs[slot]);
      }
    }
  }

  bool visit(NodeId id) {
    for (std::size_t slot = 0; slot < graph_.node(id).inputs.size(); ++slot) {
      const Perm* perm = perm_of(graph_, parent(graph_, graph_.node(id), slot));
      if (perm == nullptr) continue;
      if (push(id, slot, Perm(*perm))) return true;
    }
    return false;
  }

  bool push(NodeId id, std::size_t slot, const Perm& perm) {
    const std::vector<std::size_t> slots = transposable_inputs(graph_, graph_.node(id));
    if (std::ranges::find(slots, slot) == slots.end()) return false;
    const bool outputs_move = !is_any(graph_.node(id), {"Transpose", "Shape"});
    int cost = 0;
    for (const std::size_t each : slots) cost += input_cost(graph_.node(id).inputs[each], perm);
    if (cost < 0 && outputs_move) {
      int output_cost = 0;
      bool leads = false;
      for (const ValueId out : graph_.node(id).outputs) {
        output_cost = std::max(output_cost, cost_of(graph_, out));
        leads = leads || leading_.contains(out);
      }
      if (!leads) cost += output_cost;
    }
    if (cost >= 0 && !is_quantised_pool(graph_, graph_.node(id)) && !is_op(graph_.node(id), "Transpose")) return false;
    if (is_op(graph_.node(id), "Transpose")) return merge(id, perm);
    if (is_op(graph_.node(id), "Shape")) return shape(id, perm);
    return through(id, slots, perm);
  }

  /// Negative where transposing the input back takes a Transpose away.
  int input_cost(ValueId value, const Perm& perm) const {
    if (is_constant(graph_, value)) return 0;
    const NodeId producer = graph_.value(value).producer;
    const Perm* other = perm_of(graph_, producer);
    if (other == nullptr) return cost_of(graph_, value);
    return *other == perm && is_removable(producer) ? -cost_of(graph_, value) : 0;
  }

  /// All its readers can take the tensor as it was before.
  bool is_removable(NodeId transpose) const {
    const PlanValue& value = graph_.value(output(graph_.node(transpose), 0));
    if (value.graph_output) return false;
    return std::ranges::all_of(value.uses, [&](const Use& use) {
      return use.input >= 0 && has_transpose_rule(graph_, graph_.node(use.node));
    });
  }

  void remove_if_unread(NodeId id) {
    if (id != no_node && graph_.alive(id) && edge_count(graph_, graph_.node(id)) == 0 &&
        !makes_graph_output(graph_, graph_.node(id))) {
      graph_.remove(id);
    }
  }

  bool merge(NodeId id, const Perm& first) {
    const Perm* second = perm_of(graph_, id);
    if (second == nullptr || second->size() != first.size()) return false;
    const NodeId before = parent(graph_, graph_.node(id), 0);
    const ValueId source = input(graph_.node(before), 0);
    const Perm both = composed(first, *second);
    graph_.set_input(id, 0, source);
    remove_if_unread(before);
    if (is_identity(both)) {
      if (!bypass(graph_, id)) graph_.node(id).op_type = "Identity";
      return true;
    }
    set_attribute(graph_.node(id), "perm", both);
    return true;
  }

  // Shape(Transpose(x)) = Gather(Shape(x), perm)
  bool shape(NodeId id, const Perm& perm) {
    Node& node = graph_.node(id);
    const auto rank = static_cast<std::int64_t>(perm.size());
    std::int64_t start = int_attribute(node, "start").value_or(0);
    std::int64_t end = int_attribute(node, "end").value_or(rank);
    start = std::clamp<std::int64_t>(start < 0 ? start + rank : start, 0, rank);
    end = std::clamp<std::int64_t>(end < 0 ? end + rank : end, start, rank);
    std::erase_if(node.attributes, [](const Attribute& a) { return a.name == "start" || a.name == "end"; });
    const NodeId before = parent(graph_, node, 0);
    const ValueId original = output(node, 0);
    graph_.set_input(id, 0, input(graph_.node(before), 0));
    const ValueId all =
        graph_.add_value(graph_.node(id).name, with_shape(type_of(graph_, original), {rank}, Shape{rank}));
    graph_.set_output(id, 0, all);
    const ValueId picked = graph_.add_ints("const_transpose_optimizer", Perm(perm.begin() + start, perm.begin() + end));
    Node gather = make_node("Gather", "Gather", onnx_domain, {all, picked}, {original});
    set_attribute(gather, "axis", std::int64_t{0});
    graph_.add_node(std::move(gather));
    remove_if_unread(before);
    return true;
  }

  bool through(NodeId id, const std::vector<std::size_t>& slots, const Perm& perm) {
    const auto output_perm = push_through(graph_, id, perm);
    if (!output_perm) return false;
    const Perm back = inverse(perm);
    for (const std::size_t slot : slots) transpose_input(id, slot, back);
    for (std::size_t slot = 0; slot < graph_.node(id).outputs.size(); ++slot) transpose_output(id, slot, *output_perm);
    return true;
  }

  void transpose_input(NodeId id, std::size_t slot, const Perm& perm) {
    const ValueId value = graph_.node(id).inputs[slot];
    const NodeId producer = graph_.value(value).producer;
    if (is_constant(graph_, value)) return graph_.set_input(id, slot, moved_constant(value, perm));
    if (const Perm* before = perm_of(graph_, producer)) {
      const Perm both = composed(*before, perm);
      const ValueId source = input(graph_.node(producer), 0);
      graph_.set_input(id, slot, is_identity(both) ? source : transposed(source, both));
      return remove_if_unread(producer);
    }
    graph_.set_input(id, slot, transposed(value, perm));
  }

  ValueId moved_constant(ValueId value, const Perm& perm) {
    // Operands of fewer dimensions broadcast from the left.
    Shape shape = graph_.value(value).info.shape.value_or(Shape{});
    if (shape.empty()) return value;
    if (std::ranges::all_of(shape, [](std::int64_t extent) { return extent == 1; })) return value;
    shape.insert(shape.begin(), perm.size() - std::min(perm.size(), shape.size()), 1);
    ValueType type = with_shape(type_of(graph_, value), composed(shape, perm), composed(shape, perm));
    type.info.constant = true;
    const ValueId made = graph_.add_value(graph_.value(value).name + "_transposed", std::move(type));
    graph_.value(made).initializer = true;
    return made;
  }

  /// `value` transposed, by a Transpose that is there already where one is.
  ValueId transposed(ValueId value, const Perm& perm) {
    for (const Use& use : graph_.value(value).uses) {
      const Perm* other = use.input == 0 ? perm_of(graph_, use.node) : nullptr;
      if (other != nullptr && *other == perm) return output(graph_.node(use.node), 0);
    }
    ValueType type = type_of(graph_, value);
    type.info.shape = moved(type.info.shape, perm);
    type.planned = moved(type.planned, perm);
    const ValueId made = graph_.add_value("Transpose_out0", std::move(type));
    Node node = make_node("Transpose", "Transpose", onnx_domain, {value}, {made});
    set_attribute(node, "perm", perm);
    graph_.add_node(std::move(node));
    return made;
  }

  void transpose_output(NodeId id, std::size_t slot, const Perm& perm) {
    const ValueId original = graph_.node(id).outputs[slot];
    if (original == no_value || is_identity(perm)) return;
    const Perm back = inverse(perm);
    ValueType type = type_of(graph_, original);
    type.info.shape = moved(type.info.shape, back);
    type.planned = moved(type.planned, back);
    const ValueId made = graph_.add_value(graph_.node(id).name + "_out" + std::to_string(slot), std::move(type));
    graph_.set_output(id, slot, made);
    if (leading_.contains(original)) leading_.insert(made);
    Node node = make_node("Transpose", "Transpose", onnx_domain, {made}, {original});
    set_attribute(node, "perm", perm);
    graph_.add_node(std::move(node));
  }

  PlanGraph& graph_;
  std::set<ValueId> leading_;
};

}  // namespace

bool optimize_transposes(PlanGraph& graph, const Context&) { return Pusher(graph).run(); }

}  // namespace costscan::plan
