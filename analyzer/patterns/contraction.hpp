// Products as sums over named axes: what MatMul, Gemm and Einsum have in common; and an axis followed from node to
// node.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "patterns/graph_view.hpp"

namespace costscan {

/// A product of two operands. One letter for each axis: letters of both operands that the result lacks are summed over,
/// letters of all three are batches.
struct Contraction {
  ValueId a = no_value;
  ValueId b = no_value;
  std::string of_a;
  std::string of_b;
  std::string of_y;
  bool by_einsum = false;

  [[nodiscard]] bool sums_over(char letter) const noexcept;
};

/// MatMul and the runtime's FusedMatMul (operands of rank 2 or more), Gemm, Einsum of two operands; nullopt for other
/// nodes, and where a rank is unknown or an operand repeats a letter.
[[nodiscard]] std::optional<Contraction> as_contraction(const GraphView& view, std::int32_t node);

/// Where an axis of the operand in `slot` lies in the node's first output: through Transpose, views and elementwise
/// operators. nullopt where it is lost, or the node is another one.
[[nodiscard]] std::optional<std::size_t> axis_below(const GraphView& view, std::int32_t node, std::size_t slot,
                                                    std::size_t axis);

/// The other way: where an axis of the node's first output lies in the operand in `slot`.
[[nodiscard]] std::optional<std::size_t> axis_above(const GraphView& view, std::int32_t node, std::size_t slot,
                                                    std::size_t axis);

}  // namespace costscan
