// What decomposed normalisations are made of: means along axes, centred values, squares.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "patterns/graph_view.hpp"
#include "patterns/terms.hpp"

namespace costscan {

/// A statistic of x along some axes, and the nodes that make it.
struct RowStatistic {
  ValueId x = no_value;
  std::vector<std::int64_t> axes;  ///< not negative, ascending
  NodeTrail nodes;
};

/// Axes of a reduction, as attribute or (ReduceMean since version 18) as constant input; nullopt where unknown.
[[nodiscard]] std::optional<std::vector<std::int64_t>> reduced_axes(const GraphView& view, std::int32_t node);

/// Whether `value`, broadcast to x, gives every element along `axes` the same: its shape is x's with 1 at these axes.
[[nodiscard]] bool is_row_statistic(const GraphView& view, ValueId value, ValueId x,
                                    const std::vector<std::int64_t>& axes);

/// ReduceMean(x); views that bring its shape in line are looked through.
[[nodiscard]] std::optional<RowStatistic> as_mean(const GraphView& view, ValueId value);

/// x - mean(x); `x` is the operand of the subtraction.
[[nodiscard]] std::optional<RowStatistic> as_centered(const GraphView& view, ValueId value);

/// Whether both centre the same x along the same axes.
[[nodiscard]] bool same_centered(const GraphView& view, const RowStatistic& a, const RowStatistic& b);

struct SquaredTerm {
  ValueId base = no_value;  ///< operand of the square
  NodeTrail nodes;
};

/// Pow(base, 2), or base times itself.
[[nodiscard]] std::optional<SquaredTerm> as_square(const GraphView& view, ValueId value);

}  // namespace costscan
