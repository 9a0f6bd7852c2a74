// Which feature of a layer each element of a moved tensor is: Transposes and views followed on the indices themselves,
// so that any way of cutting heads out and joining them is understood.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "patterns/graph_view.hpp"

namespace costscan {

/// A tensor of indices into the last axis of another.
struct ColumnLabels {
  Shape dims;
  std::vector<std::int32_t> column;  ///< row-major
};

/// Every element of a tensor of these sizes labelled by its last index; nullopt for a scalar or more than 4 M elements.
[[nodiscard]] std::optional<ColumnLabels> column_labels(const Shape& dims);

/// The labels after these nodes (Transpose, or a view), in their order, under one binding (an index into
/// GraphView::shapes_by_binding); nullopt where a shape is unknown.
[[nodiscard]] std::optional<ColumnLabels> moved_labels(const GraphView& view, ColumnLabels labels,
                                                       std::span<const std::int32_t> nodes, std::size_t binding);

/// Whether labels are equal along an axis counted from the end (1: the last).
[[nodiscard]] bool constant_along(const ColumnLabels& labels, std::size_t from_end);

/// The labels that lie within [begin, begin + length) of an axis, and all others; each once, ascending.
struct PartedLabels {
  std::vector<std::int32_t> inside;
  std::vector<std::int32_t> outside;
};
[[nodiscard]] PartedLabels parted_labels(const ColumnLabels& labels, std::size_t axis, std::int64_t begin,
                                         std::int64_t length);

}  // namespace costscan
