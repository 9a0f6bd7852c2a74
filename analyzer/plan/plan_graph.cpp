#include "plan/plan_graph.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace costscan::plan {
namespace {

void drop_use(PlanValue& value, NodeId node, std::int32_t slot) {
  const auto found =
      std::ranges::find_if(value.uses, [&](const Use& use) { return use.node == node && use.input == slot; });
  if (found != value.uses.end()) value.uses.erase(found);
}

/// Extents of the last `KnownValue` are few: patterns ask for scalars, axes and shapes.
std::shared_ptr<const KnownValue> known_ints(const std::vector<std::int64_t>& ints, bool scalar) {
  KnownValue known;
  known.dtype = DType::int64;
  if (!scalar) known.dims = {static_cast<std::int64_t>(ints.size())};
  known.ints = ints;
  return std::make_shared<const KnownValue>(std::move(known));
}

/// Depth-first from the leaves against the edges, inputs by node id: the order in which the runtime executes (and
/// saves) a graph (GraphViewer's default topological order).
class ReverseDepthFirst {
 public:
  explicit ReverseDepthFirst(const PlanGraph& graph) : graph_(graph), seen_(graph.nodes.size(), false) {
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      const PlanNode& node = graph.nodes[n];
      if (node.alive && edge_count(graph, node.node) == 0) stack_.push_back({static_cast<NodeId>(n), false});
    }
  }

  std::vector<NodeId> run() {
    while (!stack_.empty()) {
      const auto [id, leaving] = stack_.back();
      stack_.pop_back();
      if (leaving) {
        order_.push_back(id);
        continue;
      }
      if (seen_[static_cast<std::size_t>(id)]) continue;
      seen_[static_cast<std::size_t>(id)] = true;
      stack_.push_back({id, true});
      push_inputs(id);
    }
    return std::move(order_);
  }

 private:
  struct Entry {
    NodeId id;
    bool leaving;
  };

  void push_inputs(NodeId id) {
    inputs_.clear();
    const PlanNode& node = graph_.at(id);
    for (const auto* list : {&node.node.inputs, &node.captured}) {
      for (const ValueId value : *list) {
        if (value == no_value) continue;
        const NodeId producer = graph_.value(value).producer;
        if (producer != no_node && !seen_[static_cast<std::size_t>(producer)]) inputs_.push_back(producer);
      }
    }
    std::ranges::sort(inputs_);
    for (const NodeId input : inputs_) stack_.push_back({input, false});
  }

  const PlanGraph& graph_;
  std::vector<bool> seen_;
  std::vector<Entry> stack_;
  std::vector<NodeId> inputs_;
  std::vector<NodeId> order_;
};

}  // namespace

ValueId PlanGraph::add_value(const std::string& base, ValueType type) {
  std::string name = base;
  while (by_name.contains(name)) name = base + "_token_" + std::to_string(++name_tokens[base]);
  const auto id = static_cast<ValueId>(values.size());
  PlanValue added;
  added.name = name;
  added.info = std::move(type.info);
  added.planned = std::move(type.planned);
  values.push_back(std::move(added));
  by_name.emplace(std::move(name), id);
  return id;
}

ValueId PlanGraph::add_ints(const std::string& base, const std::vector<std::int64_t>& ints, bool scalar) {
  ValueType type;
  type.info.kind = TypeKind::tensor;
  type.info.dtype = DType::int64;
  type.info.shape = scalar ? Shape{} : Shape{static_cast<std::int64_t>(ints.size())};
  type.info.constant = true;
  type.info.value = known_ints(ints, scalar);
  type.planned = type.info.shape;
  const ValueId id = add_value(base, std::move(type));
  value(id).initializer = true;
  return id;
}

NodeId PlanGraph::add_node(Node node) {
  const auto id = static_cast<NodeId>(nodes.size());
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] != no_value) value(node.inputs[i]).uses.push_back({id, static_cast<std::int32_t>(i)});
  }
  for (const ValueId out : node.outputs) {
    if (out != no_value) value(out).producer = id;
  }
  PlanNode added;
  added.node = std::move(node);
  nodes.push_back(std::move(added));
  order_valid = false;
  return id;
}

void PlanGraph::set_input(NodeId id, std::size_t slot, ValueId to) {
  ValueId& from = node(id).inputs[slot];
  if (from == to) return;
  const auto position = static_cast<std::int32_t>(slot);
  if (from != no_value) drop_use(value(from), id, position);
  from = to;
  if (to != no_value) value(to).uses.push_back({id, position});
  order_valid = false;
}

void PlanGraph::set_inputs(NodeId id, std::vector<ValueId> inputs) {
  Node& changed = node(id);
  for (std::size_t i = 0; i < changed.inputs.size(); ++i) {
    if (changed.inputs[i] != no_value) drop_use(value(changed.inputs[i]), id, static_cast<std::int32_t>(i));
  }
  changed.inputs = std::move(inputs);
  for (std::size_t i = 0; i < changed.inputs.size(); ++i) {
    if (changed.inputs[i] != no_value) value(changed.inputs[i]).uses.push_back({id, static_cast<std::int32_t>(i)});
  }
  order_valid = false;
}

void PlanGraph::set_output(NodeId id, std::size_t slot, ValueId to) {
  ValueId& from = node(id).outputs[slot];
  if (from != no_value && value(from).producer == id) value(from).producer = no_node;
  from = to;
  if (to != no_value) value(to).producer = id;
  order_valid = false;
}

void PlanGraph::remove(NodeId id) {
  PlanNode& removed = at(id);
  if (!removed.alive) return;
  for (std::size_t i = 0; i < removed.node.inputs.size(); ++i) {
    const ValueId in = removed.node.inputs[i];
    if (in != no_value) drop_use(value(in), id, static_cast<std::int32_t>(i));
  }
  for (const ValueId in : removed.captured) drop_use(value(in), id, -1);
  for (const ValueId out : removed.node.outputs) {
    if (out != no_value && value(out).producer == id) value(out).producer = no_node;
  }
  removed.alive = false;
  order_valid = false;
}

void PlanGraph::replace_uses(ValueId from, ValueId to) {
  const std::vector<Use> uses = value(from).uses;
  for (const Use& use : uses) {
    if (use.input >= 0) set_input(use.node, static_cast<std::size_t>(use.input), to);
  }
}

void PlanGraph::fold(NodeId id) {
  const std::vector<ValueId> outputs = node(id).outputs;
  remove(id);
  for (const ValueId out : outputs) {
    if (out == no_value) continue;
    PlanValue& folded = value(out);
    folded.initializer = true;
    folded.info.constant = true;
    folded.planned = folded.info.shape;
  }
}

const std::vector<NodeId>& PlanGraph::execution_order() const {
  if (!order_valid) {
    order = ReverseDepthFirst(*this).run();
    order_valid = true;
  }
  return order;
}

bool is_op(const Node& node, std::string_view op_type, std::string_view domain) noexcept {
  return node.op_type == op_type && node.domain == domain;
}

bool is_any(const Node& node, std::span<const std::string_view> op_types) noexcept {
  return node.domain.empty() && std::ranges::find(op_types, node.op_type) != op_types.end();
}

bool is_any(const Node& node, std::initializer_list<std::string_view> op_types) noexcept {
  return is_any(node, std::span(op_types.begin(), op_types.size()));
}

ValueId input(const Node& node, std::size_t slot) noexcept {
  return slot < node.inputs.size() ? node.inputs[slot] : no_value;
}

ValueId output(const Node& node, std::size_t slot) noexcept {
  return slot < node.outputs.size() ? node.outputs[slot] : no_value;
}

NodeId parent(const PlanGraph& graph, const Node& node, std::size_t slot) noexcept {
  const ValueId value = input(node, slot);
  return value == no_value ? no_node : graph.value(value).producer;
}

NodeId parent_op(const PlanGraph& graph, const Node& node, std::size_t slot, std::string_view op_type,
                 std::string_view domain) noexcept {
  const NodeId found = parent(graph, node, slot);
  return found != no_node && is_op(graph.node(found), op_type, domain) ? found : no_node;
}

std::size_t edge_count(const PlanGraph& graph, const Node& node) noexcept {
  std::size_t count = 0;
  for (const ValueId out : node.outputs) {
    if (out != no_value) count += graph.value(out).uses.size();
  }
  return count;
}

bool makes_graph_output(const PlanGraph& graph, const Node& node) noexcept {
  return std::ranges::any_of(node.outputs,
                             [&](ValueId out) { return out != no_value && graph.value(out).graph_output; });
}

NodeId sole_consumer(const PlanGraph& graph, const Node& node) noexcept {
  if (edge_count(graph, node) != 1 || makes_graph_output(graph, node)) return no_node;
  for (const ValueId out : node.outputs) {
    if (out != no_value && !graph.value(out).uses.empty()) {
      const Use& use = graph.value(out).uses.front();
      return use.input < 0 ? no_node : use.node;
    }
  }
  return no_node;
}

bool is_constant(const PlanGraph& graph, ValueId value) noexcept {
  return value != no_value && graph.value(value).initializer;
}

DType dtype(const PlanGraph& graph, ValueId value) noexcept {
  return value == no_value ? DType::undefined : graph.value(value).info.dtype;
}

const Shape* planned_shape(const PlanGraph& graph, ValueId value) noexcept {
  if (value == no_value || !graph.value(value).planned) return nullptr;
  return &*graph.value(value).planned;
}

bool all_known(const Shape& shape) noexcept {
  return std::ranges::none_of(shape, [](std::int64_t extent) { return extent < 0; });
}

std::optional<std::vector<std::int64_t>> constant_ints(const PlanGraph& graph, ValueId value) {
  if (!is_constant(graph, value)) return std::nullopt;
  const PlanValue& constant = graph.value(value);
  if (constant.tensor) {
    if (auto elements = integer_elements(*constant.tensor)) return elements;
  }
  const auto& known = constant.info.value;
  if (!known || constant.info.value_is_bound || is_floating(known->dtype)) return std::nullopt;
  return known->ints;
}

bool is_scalar_constant(const PlanGraph& graph, ValueId value) noexcept {
  if (!is_constant(graph, value)) return false;
  const auto& shape = graph.value(value).info.shape;
  return shape && std::ranges::all_of(*shape, [](std::int64_t extent) { return extent == 1; });
}

std::optional<double> constant_scalar(const PlanGraph& graph, ValueId value) {
  if (!is_scalar_constant(graph, value)) return std::nullopt;
  const PlanValue& constant = graph.value(value);
  if (constant.tensor) {
    if (const auto floats = floating_elements(*constant.tensor); floats && floats->size() == 1) return floats->front();
    if (const auto ints = integer_elements(*constant.tensor); ints && ints->size() == 1) {
      return static_cast<double>(ints->front());
    }
  }
  const auto& known = constant.info.value;
  if (!known || constant.info.value_is_bound) return std::nullopt;
  if (known->floats.size() == 1) return known->floats.front();
  if (known->ints.size() == 1) return static_cast<double>(known->ints.front());
  return std::nullopt;
}

bool has_scalar(const PlanGraph& graph, ValueId value, double expected) {
  // IsInitializerWithExpectedValue: an absolute and a relative tolerance of 1e-5 for floats.
  const auto found = constant_scalar(graph, value);
  return found && std::abs(*found - expected) <= 1e-5 + 1e-5 * std::abs(expected);
}

ValueId other_input(const Node& node, ValueId one) noexcept {
  return input(node, 0) == one ? input(node, 1) : input(node, 0);
}

std::int64_t opset(const PlanGraph& graph) noexcept { return opset_version(graph.opset_imports, "").value_or(1); }

Node make_node(std::string name, std::string op_type, std::string_view domain, std::vector<ValueId> inputs,
               std::vector<ValueId> outputs) {
  Node node;
  node.name = std::move(name);
  node.op_type = std::move(op_type);
  node.domain = std::string(domain);
  node.inputs = std::move(inputs);
  node.outputs = std::move(outputs);
  return node;
}

void set_attribute(Node& node, std::string name, AttributeValue value) {
  const auto found = std::ranges::find(node.attributes, name, &Attribute::name);
  if (found != node.attributes.end()) {
    found->value = std::move(value);
    return;
  }
  Attribute attribute;
  attribute.name = std::move(name);
  attribute.value = std::move(value);
  node.attributes.push_back(std::move(attribute));
}

ValueType type_of(const PlanGraph& graph, ValueId value) {
  const PlanValue& from = graph.value(value);
  ValueType type{from.info, from.planned};
  type.info.value.reset();
  type.info.constant = false;
  return type;
}

ValueType with_shape(ValueType type, const Shape& bound, const std::optional<Shape>& planned) {
  type.info.shape = bound;
  type.planned = planned;
  return type;
}

NodeId fuse(PlanGraph& graph, Node fused, std::span<const NodeId> members) {
  if (fused.outputs.empty()) fused.outputs = graph.node(members.back()).outputs;
  for (const NodeId member : members) graph.remove(member);
  return graph.add_node(std::move(fused));
}

NodeId fuse(PlanGraph& graph, Node fused, std::initializer_list<NodeId> members) {
  return fuse(graph, std::move(fused), std::span(members.begin(), members.size()));
}

bool bypass(PlanGraph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const ValueId in = input(node, 0);
  const ValueId out = output(node, 0);
  if (in == no_value || out == no_value || makes_graph_output(graph, node)) return false;
  const auto& uses = graph.value(out).uses;
  // A subgraph would have to be rewritten to another name.
  if (std::ranges::any_of(uses, [](const Use& use) { return use.input < 0; })) return false;
  graph.replace_uses(out, in);
  graph.remove(id);
  return true;
}

}  // namespace costscan::plan
