// What decomposed normalisations are made of: means along axes, centred values, squares.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "patterns/graph_view.hpp"
#include "patterns/terms.hpp"

namespace costscan {

/// A statistic of x along some axes, and the nodes that make it.
struct RowStatistic {
  ValueId x = no_value;
  std::vector<std::int64_t> axes;  ///< not negative, ascending
  NodeTrail nodes;
  std::string_view
      form;  ///< of a mean: empty for ReduceMean, else how it is written: "sums", "pooled", "views", "turned"
  bool of_squares = false;       ///< of x * x: ReduceSumSquare squares by itself
  bool by_binding_only = false;  ///< the number of elements, or the axes, were read off the bound dimensions
};

/// Axes of a reduction, as attribute or (ReduceMean since version 18) as constant input; nullopt where unknown.
[[nodiscard]] std::optional<std::vector<std::int64_t>> reduced_axes(const GraphView& view, std::int32_t node);

/// Whether `value`, broadcast to x, gives every element along `axes` the same: its shape is x's with 1 at these axes.
[[nodiscard]] bool is_row_statistic(const GraphView& view, ValueId value, ValueId x,
                                    const std::vector<std::int64_t>& axes);

/// The mean that a node completes: ReduceMean; a ReduceSum (or ReduceSumSquare) over the number of its elements,
/// whether the sum is divided or what it adds; GlobalAveragePool. nullopt for other nodes, and for sums over another
/// number.
[[nodiscard]] std::optional<RowStatistic> mean_at(const GraphView& view, std::int32_t node);

/// A mean as mean_at() knows it, but not of squares; views that bring its shape in line are looked through.
[[nodiscard]] std::optional<RowStatistic> as_mean(const GraphView& view, ValueId value);

/// A statistic of `from`, which is x in another shape, as one of x: where it runs along the last elements of x in a
/// row. `from` is found upwards through views only. nullopt where it is not x's, or the axes are others.
[[nodiscard]] std::optional<RowStatistic> seen_before_views(const GraphView& view, RowStatistic statistic, ValueId x);

/// x - mean(x), also as x + (-mean(x)); `x` is the operand of the subtraction. `either_sign`: mean(x) - x as well, of
/// which the square is the same.
[[nodiscard]] std::optional<RowStatistic> as_centered(const GraphView& view, ValueId value, bool either_sign = false);

/// Whether both centre the same x along the same axes.
[[nodiscard]] bool same_centered(const GraphView& view, const RowStatistic& a, const RowStatistic& b);

struct SquaredTerm {
  ValueId base = no_value;  ///< operand of the square
  NodeTrail nodes;
};

/// Pow(base, 2), or base times itself.
[[nodiscard]] std::optional<SquaredTerm> as_square(const GraphView& view, ValueId value);

}  // namespace costscan
