// An operand of an attention that is cut out of one layer's result: which of the layer's features it is.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "passes/linear_layer.hpp"

namespace costscan {

struct PackedOperand {
  LinearLayer layer;
  std::vector<std::int32_t> columns;  ///< features of the layer that the operand is made of, and nothing else is
};

/// Upwards from an operand through scales, Transposes and views to a Split, or a Gather by one index, and on to a
/// layer. nullopt where others read what lies on the way, or the operand shares features with the other parts.
[[nodiscard]] std::optional<PackedOperand> packed_operand(const GraphView& view, ValueId operand);

}  // namespace costscan
