// A product with a weight and the bias behind it, as passes change them: MatMul [+ Add] or Gemm.
#pragma once

#include <cstdint>
#include <optional>

#include "passes/rewrite.hpp"
#include "passes/weights.hpp"
#include "patterns/graph_view.hpp"

namespace costscan {

/// y = x W [+ b], W [inputs, outputs] and b [outputs] constants as stored.
struct LinearLayer {
  std::int32_t product = -1;  ///< the MatMul or Gemm
  std::int32_t add = -1;      ///< the Add of its bias; -1: none, or within the Gemm
  ValueId x = no_value;
  ValueId y = no_value;              ///< after the bias
  WeightSource weight;               ///< as [inputs, outputs]
  std::optional<WeightSource> bias;  ///< [outputs]
  bool gemm = false;
};

/// The layer whose product this node is; nullopt where its operands are others, are computed, or where the product
/// is read by more than its bias. A Gemm with factors, or with x transposed, is none.
[[nodiscard]] std::optional<LinearLayer> linear_layer(const GraphView& view, std::int32_t product);

/// The same layer of other constants; returns its result.
ValueId add_linear_layer(RewriteBuilder& builder, const LinearLayer& layer, ValueId weight, ValueId bias);

/// Nodes of the layer: its site in a rewrite.
void append_nodes(std::vector<std::int32_t>& site, const LinearLayer& layer);

}  // namespace costscan
