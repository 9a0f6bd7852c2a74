// Facts about values that several passes ask for, each for every binding that the view tries.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "passes/rewrite.hpp"
#include "patterns/graph_view.hpp"

namespace costscan {

/// Whether one of the node's results may differ from run to run.
[[nodiscard]] bool draws_at_random(const Node& node) noexcept;

[[nodiscard]] bool has_subgraph(const Node& node) noexcept;

/// Contents of an integer or boolean tensor, where they are the same under every binding.
struct SteadyInts {
  std::vector<std::int64_t> ints;  ///< under the bound dimensions
  Holds holds = Holds::no;
};
[[nodiscard]] SteadyInts steady_ints(const GraphView& view, ValueId value);

/// Whether `fact`, asked for every binding by its place in shapes_by_binding, holds: for all, for the bound one, or
/// not.
template <class Fact>
[[nodiscard]] Holds holds_by_binding(const GraphView& view, std::size_t bindings, Fact fact) {
  if (bindings == 0 || !fact(std::size_t{0})) return Holds::no;
  bool always = view.complete();
  for (std::size_t i = 1; i < bindings; ++i) always = always && fact(i);
  return always ? Holds::every_binding : Holds::this_binding;
}

/// Operand of a Reshape that makes `shapes` out of tensors of `from`, under every binding: numbers, 0 for an extent
/// that is copied from the same place, and at most one -1. `holds` says for which bindings; empty where there is none.
struct ReshapeOperand {
  std::vector<std::int64_t> dims;
  Holds holds = Holds::no;
};
[[nodiscard]] ReshapeOperand reshape_operand(const GraphView& view, ValueId from, ValueId to);

/// The axes of Squeeze, Unsqueeze or a reduction, wherever the opset keeps them; nullopt where they are not constant.
[[nodiscard]] std::optional<std::vector<std::int64_t>> axes_of(const GraphView& view, std::int32_t node);

/// A Transpose's permutation, the default reversal filled in; nullopt where the rank is not known.
[[nodiscard]] std::optional<std::vector<std::int64_t>> permutation_of(const GraphView& view, std::int32_t node);
[[nodiscard]] bool is_identity_permutation(std::span<const std::int64_t> permutation) noexcept;
/// First `first`, then `second`.
[[nodiscard]] std::vector<std::int64_t> composed(std::span<const std::int64_t> first,
                                                 std::span<const std::int64_t> second);
[[nodiscard]] std::vector<std::int64_t> inverse(std::span<const std::int64_t> permutation);

/// Operators that compute every element from the elements of their operands at the same place, broadcast as by numpy.
[[nodiscard]] bool is_elementwise(const Node& node) noexcept;

/// The shape that numpy's broadcasting gives; nullopt where the shapes do not fit.
[[nodiscard]] std::optional<Shape> broadcast(std::span<const Shape> shapes);

/// "2,0,1"
[[nodiscard]] std::string joined(std::span<const std::int64_t> numbers);

/// Adds the rewrite in which readers of the node's first output read `instead`.
[[nodiscard]] Rewrite bypass(const GraphView& view, std::int32_t node, ValueId instead, Holds holds, std::string note);

}  // namespace costscan
