// Two halves of a value along one axis: by Slice, Split or Gather, in one piece each or every second element.
#pragma once

#include <cstdint>
#include <optional>

#include "patterns/graph_view.hpp"

namespace costscan {

/// A value as a part of `whole`.
struct HalfOf {
  ValueId whole = no_value;
  std::int32_t node = -1;  ///< the Slice, Split or Gather
  int which = 0;           ///< 0: first half, or even elements; 1: the other
  bool interleaved = false;
  std::int64_t axis = 0;  ///< not negative
};

/// nullopt where the value is no half, or where its bounds are not known.
[[nodiscard]] std::optional<HalfOf> half_of(const GraphView& view, ValueId value);

/// Of a Slice: bounds along its one axis under the bound dimensions, as the file states them. nullopt for several axes.
struct SliceBounds {
  std::int64_t axis = 0;
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t step = 1;
};
[[nodiscard]] std::optional<SliceBounds> slice_bounds(const GraphView& view, std::int32_t node);

}  // namespace costscan
