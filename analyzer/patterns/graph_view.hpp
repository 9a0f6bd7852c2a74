// The main graph of a shaped model, with the questions that detectors and passes ask of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "model/shaped_model.hpp"
#include "shapes/other_sizes.hpp"

namespace costscan {

/// For which sizes of the free dimensions a fact was seen to hold.
enum class Holds {
  no,
  this_binding,   ///< under the bound dimensions only
  every_binding,  ///< under the bound ones and under all other sizes that were tried, or nothing is free
};

/// A reader of a value.
struct ValueUse {
  std::int32_t node = -1;  ///< index into Graph::nodes
  std::int32_t slot = -1;  ///< among the node's inputs; -1: a subgraph of the node captures the value
};

/// Read only; `others` are the same graph under other sizes of its free dimensions, by which shapes are told from
/// coincidences. Holds the shaped models alive. Indices are those of Graph::nodes and Graph::values.
class GraphView {
 public:
  /// `complete`: every free dimension has other sizes in `others`; unless told, where there are any or nothing is free.
  /// Where it is not, no fact is said to hold for every binding.
  explicit GraphView(std::shared_ptr<const ShapedModel> bound,
                     std::vector<std::shared_ptr<const ShapedModel>> others = {},
                     std::optional<bool> complete = std::nullopt);

  [[nodiscard]] const ShapedModel& shaped() const noexcept { return *bound_; }
  [[nodiscard]] const std::shared_ptr<const ShapedModel>& shaped_pointer() const noexcept { return bound_; }
  [[nodiscard]] std::span<const std::shared_ptr<const ShapedModel>> others() const noexcept { return others_; }
  [[nodiscard]] const Model& model() const noexcept { return *bound_->model; }
  [[nodiscard]] const Graph& graph() const noexcept { return *bound_->scopes.front().graph; }
  [[nodiscard]] std::int32_t node_count() const noexcept { return static_cast<std::int32_t>(graph().nodes.size()); }
  [[nodiscard]] const Node& node(std::int32_t index) const { return graph().nodes[static_cast<std::size_t>(index)]; }
  [[nodiscard]] std::int64_t opset() const noexcept { return opset_; }  ///< of the ONNX domain

  // Edges.
  [[nodiscard]] std::span<const ValueUse> uses(ValueId value) const noexcept;
  /// Values that the node's subgraphs read of this graph, each once.
  [[nodiscard]] std::span<const ValueId> captured(std::int32_t node) const noexcept;
  [[nodiscard]] bool is_output(ValueId value) const noexcept;
  [[nodiscard]] std::int32_t producer(ValueId value) const noexcept;  ///< -1: an input, an initializer, or absent
  [[nodiscard]] const Node* producer_node(ValueId value) const noexcept;
  /// The node's one reader, where its first output has exactly one, no subgraph, and is no graph output; else -1.
  [[nodiscard]] std::int32_t sole_user(std::int32_t node) const noexcept;
  [[nodiscard]] ValueId input(std::int32_t node, std::size_t slot) const noexcept;   ///< no_value where absent
  [[nodiscard]] ValueId output(std::int32_t node, std::size_t slot) const noexcept;  ///< no_value where absent

  // Types and contents.
  [[nodiscard]] const TensorInfo& info(ValueId value) const;       ///< under the bound dimensions
  [[nodiscard]] const Shape* shape(ValueId value) const noexcept;  ///< nullptr: unknown, or not a tensor
  [[nodiscard]] std::int64_t rank(ValueId value) const noexcept;   ///< -1: unknown
  [[nodiscard]] DType dtype(ValueId value) const noexcept;
  /// "Weight": computable from initializers and Constant nodes alone (CastLike: from its first operand).
  [[nodiscard]] bool is_constant(ValueId value) const noexcept;
  /// The initializer or the Constant node's tensor that a value is; nullptr for computed ones.
  [[nodiscard]] const Tensor* tensor(ValueId value) const noexcept;
  /// Elements of a small constant, whether stated or computed; nullopt where its bytes are not here.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> ints(ValueId value) const;
  [[nodiscard]] std::optional<std::vector<double>> floats(ValueId value) const;
  [[nodiscard]] std::optional<double> scalar(ValueId value) const;  ///< of one element, integer or floating

  // Facts that may depend on the binding. Shapes that contents decide are equal to none.
  [[nodiscard]] Holds same_shape(ValueId a, ValueId b) const;
  /// Contents of a small integer tensor under every binding ([0] the bound one); empty where one is not known.
  [[nodiscard]] std::vector<std::vector<std::int64_t>> ints_by_binding(ValueId value) const;
  [[nodiscard]] std::vector<Shape> shapes_by_binding(ValueId value) const;  ///< empty where one is not known

  // The canonical graph: Identity, inference Dropout, float→float Cast, QuantizeLinear, DequantizeLinear looked
  // through.
  [[nodiscard]] bool is_transparent(std::int32_t node) const noexcept;
  /// The value that `value` is a transparent copy of: itself, or further up.
  [[nodiscard]] ValueId source(ValueId value) const noexcept;
  /// The node that makes source(value); -1 for none.
  [[nodiscard]] std::int32_t source_node(ValueId value) const noexcept;
  /// Readers of a value, transparent ones replaced by theirs.
  [[nodiscard]] std::vector<ValueUse> canonical_uses(ValueId value) const;
  /// Whether a value, or a transparent copy of it, is a graph output.
  [[nodiscard]] bool reaches_output_directly(ValueId value) const;
  [[nodiscard]] bool is_inference_dropout(std::int32_t node) const noexcept;
  /// Whether every free dimension was tried under other sizes.
  [[nodiscard]] bool complete() const noexcept { return complete_; }

 private:
  void index_uses();
  void find_constants();

  std::shared_ptr<const ShapedModel> bound_;
  std::vector<std::shared_ptr<const ShapedModel>> others_;
  std::vector<std::int32_t> first_use_;  ///< by ValueId, into uses_; one more at the end
  std::vector<ValueUse> uses_;
  std::vector<std::vector<ValueId>> captured_;  ///< by node
  std::vector<bool> is_output_;
  std::vector<bool> constant_;  ///< by ValueId
  bool complete_ = false;
  std::int64_t opset_ = 0;
};

/// A view whose facts are tried under further sizes of every free dimension: those that --dim gives too, unless the
/// model is to be specialised to them (FreeDims::not_given).
[[nodiscard]] GraphView make_view(std::shared_ptr<const ShapedModel> bound, FreeDims which = FreeDims::all);

/// What holds where both do.
[[nodiscard]] Holds weaker(Holds a, Holds b) noexcept;

[[nodiscard]] bool is_op(const Node& node, std::string_view op_type, std::string_view domain = "") noexcept;
[[nodiscard]] bool is_any_op(const Node& node, std::span<const std::string_view> op_types) noexcept;

}  // namespace costscan
