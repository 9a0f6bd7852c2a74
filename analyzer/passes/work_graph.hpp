// The graph while rewrites are applied: the view's nodes and values, then those that rewrites add.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/graph.hpp"
#include "model/result.hpp"
#include "patterns/graph_view.hpp"

namespace costscan {

/// A node while the graph is being changed.
struct WorkNode {
  Node node;
  std::vector<ValueId> captured;
  std::int32_t rewrite = -1;  ///< that added it
  std::int32_t anchor = 0;    ///< node of the view that it stands in for: its place in the order
  bool live = true;
};

struct WorkValue {
  Value value;
  bool pinned = false;         ///< its name has to stay: a graph output, or a subgraph reads it
  bool is_output = false;      ///< among the graph's outputs
  std::int32_t producer = -1;  ///< index of a WorkNode
  std::string wish;            ///< for a new value's name
};

struct AddedConstant {
  Tensor tensor;
  ValueId value = no_value;
};

struct WorkGraph {
  explicit WorkGraph(const GraphView& of);

  [[nodiscard]] WorkValue& value(ValueId id) { return values[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const WorkValue& value(ValueId id) const { return values[static_cast<std::size_t>(id)]; }
  [[nodiscard]] WorkNode& node(std::int32_t index) { return nodes[static_cast<std::size_t>(index)]; }
  [[nodiscard]] const WorkNode& node(std::int32_t index) const { return nodes[static_cast<std::size_t>(index)]; }

  /// The value that readers of `id` read by now.
  [[nodiscard]] ValueId resolved(ValueId id) const;
  ValueId add_value(std::string wish);
  std::int32_t add_node(WorkNode node);
  /// Readers of `from` read `to`, which takes over its name where that has to stay. `still_read`: by added nodes.
  void replace(ValueId from, ValueId to, bool still_read);
  /// Marks the nodes that reach an output or one of `kept`.
  void find_live(const std::vector<std::int32_t>& kept);
  /// Live nodes in topological order, the old one wherever that is possible. Error (defect): there is none.
  [[nodiscard]] Result<std::vector<std::int32_t>> sorted() const;
  [[nodiscard]] bool is_read(ValueId id) const;  ///< by a live node

  const GraphView& view;
  ValueId base = 0;  ///< ids from here on are of added values
  std::vector<WorkValue> values;
  std::vector<WorkNode> nodes;
  std::vector<std::vector<std::int32_t>> uses;  ///< by value: nodes that read it, once for each time
  std::vector<ValueId> alias;                   ///< what replaced a value
  std::vector<ValueId> outputs;
  std::vector<ValueId> dropped;  ///< initializers that are asked to go
  std::vector<AddedConstant> constants;
};

/// Gives names to what rewrites added, from the nodes that they stand in for.
void assign_names(WorkGraph& work, std::size_t rewrites);

/// The graph as a model; the live nodes in this order. Moves nodes and constants out of `work`. `added(rewrite, index)`
/// is called for each added node with its place.
[[nodiscard]] std::shared_ptr<const Model> export_model(
    WorkGraph& work, const std::vector<std::int32_t>& order,
    const std::function<void(std::int32_t rewrite, std::int32_t index)>& added);

}  // namespace costscan
