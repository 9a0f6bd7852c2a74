// The ways from an attention's products up to the layers that make its operands, where only the attention reads them.
#pragma once

#include <optional>
#include <vector>

#include "passes/linear_layer.hpp"
#include "patterns/attention_core.hpp"

namespace costscan {

/// A Mul or Div by one constant.
struct ConstantScale {
  std::int32_t node = -1;
  ValueId in = no_value;  ///< what is scaled
  ValueId out = no_value;
  double factor = 1;  ///< of the Mul that it is or would be
};

/// nullopt where the node is none, or the constant is not one finite element other than 0.
[[nodiscard]] std::optional<ConstantScale> constant_scale(const GraphView& view, std::int32_t node);

/// The layer whose result, bias included, `value` is.
[[nodiscard]] std::optional<LinearLayer> layer_of_result(const GraphView& view, ValueId value);

/// Upwards from an operand through Transposes, views and scales, each with one reader.
struct OperandPath {
  std::vector<ConstantScale> scales;    ///< nearest to the attention first
  std::vector<std::int32_t> movements;  ///< Transposes and views, likewise
  std::optional<LinearLayer> layer;     ///< that the path ends at; nullopt: at something else
};
[[nodiscard]] OperandPath operand_path(const GraphView& view, ValueId operand);

}  // namespace costscan
