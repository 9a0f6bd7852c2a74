// Operators with axes that can compute on tensors whose axes are permuted, and how they then have to be written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "passes/rewrite.hpp"
#include "patterns/graph_view.hpp"

namespace costscan {

/// Which operators Transposes may be moved across.
enum class Across {
  moves,  ///< elementwise ones and those that only move or repeat elements: the same bits
  sums    ///< also such that add along an axis, in an order that depends on where it lies
};

/// Whether the node computes the same elements, elsewhere, from permuted operands: all of its results then are permuted
/// likewise. Results and permuted operands have one rank (but for operands that broadcast or have one element).
[[nodiscard]] bool moves_with_axes(const GraphView& view, std::int32_t node, Across across);

/// Whether the operand in this slot is permuted along; indices, bounds and scales are not.
[[nodiscard]] bool is_permuted_operand(const Node& node, std::size_t slot);

/// Whether the operator adds along its axes.
[[nodiscard]] bool adds_along_axes(const Node& node) noexcept;

/// Makes `node`, which is a copy of the graph's node `original` and acts on tensors transposed by `permutation`, act on
/// the tensors before that: its axes are renamed, what is listed axis by axis is reordered.
void untranspose(RewriteBuilder& builder, const GraphView& view, std::int32_t original,
                 const std::vector<std::int64_t>& permutation, Node& node);

}  // namespace costscan
