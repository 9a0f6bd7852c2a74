// Ways through a graph that several detectors take: to the linear layer behind a value, through views, along operands.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "patterns/graph_view.hpp"

namespace costscan {

/// Reshape, Flatten, Squeeze, Unsqueeze.
[[nodiscard]] bool is_view_op(const Node& node) noexcept;
/// MatMul, and the runtime's FusedMatMul.
[[nodiscard]] bool is_matmul(const Node& node) noexcept;

/// A product of an activation with a weight. `quantized`: not a MatMul or Gemm, but what a quantiser made of one.
struct Linear {
  std::int32_t node = -1;
  ValueId activation = no_value;
  ValueId weight = no_value;
  bool quantized = false;
};

/// The node as a linear layer: MatMul or Gemm with exactly one constant operand, or a quantised product.
[[nodiscard]] std::optional<Linear> as_linear(const GraphView& view, std::int32_t node);

/// The same, also as an Einsum with one constant operand, or as a convolution whose kernel is one point.
[[nodiscard]] std::optional<Linear> as_wide_linear(const GraphView& view, std::int32_t node);

/// A value with its views and transparent copies taken off, upwards.
[[nodiscard]] ValueId through_views(const GraphView& view, ValueId value);

/// The linear layer that a value comes out of: through views, copies, a bias, and the arithmetic of dynamic
/// quantisation. nullopt where there is none.
[[nodiscard]] std::optional<Linear> linear_behind(const GraphView& view, ValueId value);

/// What lies between a value and the linear layers above it.
struct Projection {
  std::vector<Linear> linears;           ///< each once, in the order met
  std::vector<std::int32_t> between;     ///< nodes on a way from a linear to the value, in file order
  std::vector<std::int32_t> on_the_way;  ///< all that was passed, those that reach no linear too; in file order
};

/// Upwards along data operands (of a Reshape the first, not the shape) through views, movement, biases, scales, rotary
/// embeddings, norms of heads and caches, to the first linear layers; `wide`: as as_wide_linear() knows them.
[[nodiscard]] Projection projection_of(const GraphView& view, ValueId value, bool wide = false);

/// The other operand of a node with two inputs.
[[nodiscard]] ValueId other_operand(const GraphView& view, std::int32_t node, ValueId one);

/// A scalar that is a constant, or that shape arithmetic makes: its contents under the bound dimensions.
[[nodiscard]] std::optional<double> known_scalar(const GraphView& view, ValueId value);

/// One element, whatever it is: a constant, or computed.
[[nodiscard]] bool has_one_element(const GraphView& view, ValueId value) noexcept;

/// Sorted, each once.
void sort_unique(std::vector<std::int32_t>& nodes);

}  // namespace costscan
