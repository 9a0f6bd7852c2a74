// What rotary embeddings are made of, and the forms that rotate without putting the turned halves together first.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "patterns/graph_view.hpp"
#include "patterns/halves.hpp"
#include "patterns/pattern.hpp"

namespace costscan {

/// A half of a value, or its negation, with views between.
struct RopePart {
  HalfOf half;
  bool negated = false;
  std::vector<std::int32_t> nodes;
};
[[nodiscard]] std::optional<RopePart> rope_part(const GraphView& view, ValueId value);

/// Concat(x1 cos - x2 sin, x2 cos + x1 sin) by its Concat: also a product of complex numbers kept as two parts.
[[nodiscard]] std::optional<PatternMatch> rope_by_halves(const GraphView& view, std::int32_t concat);

/// F[..., 0] x[..., 0] + F[..., 1] x[..., 1] by its Add, x in pairs and F matrices [[cos, -sin], [sin, cos]].
[[nodiscard]] std::optional<PatternMatch> rope_by_pair_matrices(const GraphView& view, std::int32_t add);

}  // namespace costscan
