// A graph that transformers change: nodes with stable ids, values with their consumers.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/graph.hpp"
#include "model/shaped_model.hpp"

namespace costscan::plan {

/// Index into PlanGraph::nodes; ids are never reused, because the runtime's order of execution depends on them.
using NodeId = std::int32_t;
inline constexpr NodeId no_node = -1;
inline constexpr std::int64_t free_dim = -1;  ///< in a planned shape: the runtime does not know this extent
inline constexpr std::string_view onnx_domain;
inline constexpr std::string_view ms_domain = "com.microsoft";
inline constexpr std::string_view nchwc_domain = "com.microsoft.nchwc";

struct Use {
  NodeId node = no_node;
  std::int32_t input = 0;  ///< position among the node's inputs; -1: one of its subgraphs captures the value
};

struct PlanValue {
  std::string name;
  TensorInfo info;                       ///< under the bound dimensions
  std::optional<Shape> planned;          ///< what the runtime knows when it optimises; `free_dim` where it does not
  std::shared_ptr<const Tensor> tensor;  ///< of an initializer of the file; null for folded ones
  bool symbols_declared = false;         ///< the file names all its extents
  bool anonymous = false;                ///< free extents without a symbol: the runtime cannot compare them
  bool initializer = false;
  bool graph_input = false;
  bool graph_output = false;
  NodeId producer = no_node;
  std::vector<Use> uses;
};

struct PlanNode {
  Node node;
  std::vector<ValueId> captured;  ///< what its subgraphs read of this graph
  bool alive = true;
  bool has_subgraph = false;
};

/// Type of a new value, from another one.
struct ValueType {
  TensorInfo info;
  std::optional<Shape> planned;
};

struct PlanGraph {
  std::vector<PlanValue> values;
  std::vector<PlanNode> nodes;
  std::vector<OpsetImport> opset_imports;
  std::unordered_map<std::string, ValueId> by_name;
  std::unordered_map<std::string, int> name_tokens;  ///< how often a generated name was asked for
  mutable std::vector<NodeId> order;                 ///< cache of execution_order()
  mutable bool order_valid = false;

  [[nodiscard]] PlanValue& value(ValueId id) { return values[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const PlanValue& value(ValueId id) const { return values[static_cast<std::size_t>(id)]; }
  [[nodiscard]] PlanNode& at(NodeId id) { return nodes[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const PlanNode& at(NodeId id) const { return nodes[static_cast<std::size_t>(id)]; }
  [[nodiscard]] Node& node(NodeId id) { return at(id).node; }
  [[nodiscard]] const Node& node(NodeId id) const { return at(id).node; }
  [[nodiscard]] bool alive(NodeId id) const { return id >= 0 && at(id).alive; }

  /// A value with a fresh name: `base`, then `base_token_1`, ... as the runtime generates them.
  ValueId add_value(const std::string& base, ValueType type);
  /// A small integer constant, as transformers add them.
  ValueId add_ints(const std::string& base, const std::vector<std::int64_t>& ints, bool scalar = false);
  /// Appends a node; its outputs are taken from whatever produced them before.
  NodeId add_node(Node node);
  void set_input(NodeId id, std::size_t slot, ValueId value);
  void set_inputs(NodeId id, std::vector<ValueId> inputs);
  void set_output(NodeId id, std::size_t slot, ValueId value);
  void remove(NodeId id);
  /// Every consumer of `from` reads `to` instead.
  void replace_uses(ValueId from, ValueId to);
  /// Turns the outputs of a node into initializers and removes it.
  void fold(NodeId id);

  [[nodiscard]] const std::vector<NodeId>& execution_order() const;
};

// Questions that transformers ask.
[[nodiscard]] bool is_op(const Node& node, std::string_view op_type, std::string_view domain = onnx_domain) noexcept;
[[nodiscard]] bool is_any(const Node& node, std::initializer_list<std::string_view> op_types) noexcept;
[[nodiscard]] bool is_any(const Node& node, std::span<const std::string_view> op_types) noexcept;
[[nodiscard]] ValueId input(const Node& node, std::size_t slot) noexcept;   ///< no_value where absent
[[nodiscard]] ValueId output(const Node& node, std::size_t slot) noexcept;  ///< no_value where absent
/// The node that produces an input, or no_node.
[[nodiscard]] NodeId parent(const PlanGraph& graph, const Node& node, std::size_t slot) noexcept;
/// The producer of an input where it is of that op, else no_node.
[[nodiscard]] NodeId parent_op(const PlanGraph& graph, const Node& node, std::size_t slot, std::string_view op_type,
                               std::string_view domain = onnx_domain) noexcept;
/// Consumers of all outputs, graph outputs not counted.
[[nodiscard]] std::size_t edge_count(const PlanGraph& graph, const Node& node) noexcept;
[[nodiscard]] bool makes_graph_output(const PlanGraph& graph, const Node& node) noexcept;
/// The node's one consumer, where there is exactly one and no graph output; else no_node.
[[nodiscard]] NodeId sole_consumer(const PlanGraph& graph, const Node& node) noexcept;
[[nodiscard]] bool is_constant(const PlanGraph& graph, ValueId value) noexcept;
[[nodiscard]] DType dtype(const PlanGraph& graph, ValueId value) noexcept;
[[nodiscard]] const Shape* planned_shape(const PlanGraph& graph, ValueId value) noexcept;  ///< nullptr: unknown rank
[[nodiscard]] bool all_known(const Shape& shape) noexcept;
/// Elements of a small constant; nullopt where it is none or its bytes are not here.
[[nodiscard]] std::optional<std::vector<std::int64_t>> constant_ints(const PlanGraph& graph, ValueId value);
[[nodiscard]] std::optional<double> constant_scalar(const PlanGraph& graph, ValueId value);
/// A constant of one element, whatever its contents.
[[nodiscard]] bool is_scalar_constant(const PlanGraph& graph, ValueId value) noexcept;
/// True for a scalar constant of this value, within the runtime's tolerance for patterns.
[[nodiscard]] bool has_scalar(const PlanGraph& graph, ValueId value, double expected);
/// The other input of a two-input node.
[[nodiscard]] ValueId other_input(const Node& node, ValueId one) noexcept;
[[nodiscard]] std::int64_t opset(const PlanGraph& graph) noexcept;  ///< of the ONNX domain

// Building nodes.
[[nodiscard]] Node make_node(std::string name, std::string op_type, std::string_view domain,
                             std::vector<ValueId> inputs, std::vector<ValueId> outputs);
void set_attribute(Node& node, std::string name, AttributeValue value);
[[nodiscard]] ValueType type_of(const PlanGraph& graph, ValueId value);
[[nodiscard]] ValueType with_shape(ValueType type, const Shape& bound, const std::optional<Shape>& planned);
/// Replaces `members` (first to last) by one node that takes the outputs of the last.
NodeId fuse(PlanGraph& graph, Node fused, std::initializer_list<NodeId> members);
NodeId fuse(PlanGraph& graph, Node fused, std::span<const NodeId> members);
/// Removes a node whose consumers can read its first input instead; false where the runtime would keep it.
bool bypass(PlanGraph& graph, NodeId id);

/// `match` for every node that is still there, in the order of execution before any change; true where one changed it.
template <class Match>
bool for_each(PlanGraph& graph, Match match) {
  bool changed = false;
  const std::vector<NodeId> order = graph.execution_order();
  for (const NodeId id : order) changed = (graph.alive(id) && match(graph, id)) || changed;
  return changed;
}

}  // namespace costscan::plan
