// What the transformers of quantised graphs ask of a DequantizeLinear or QuantizeLinear.
#pragma once

#include "plan/plan_graph.hpp"

namespace costscan::plan {

[[nodiscard]] bool is_dequantize(const Node& node);
[[nodiscard]] bool is_quantize(const Node& node);
[[nodiscard]] bool is_eight_bits(DType type);

/// Type of the elements that `dequantize` reads.
[[nodiscard]] DType quantised_type(const PlanGraph& graph, NodeId dequantize);

/// Both have the same scale and zero point, and the same quantised type.
[[nodiscard]] bool same_parameters(const PlanGraph& graph, NodeId dequantize, NodeId quantize);

}  // namespace costscan::plan
