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

/// Whether the step of a quantised bias is that of the input times that of the weights, channel by channel and within
/// 1%, as the runtime demands of a convolution on integers. Steps have to be constants of float32; those whose bytes
/// are not here are taken to fit.
[[nodiscard]] bool bias_step_fits(const PlanGraph& graph, NodeId input_dq, NodeId weights_dq, NodeId bias_dq);

}  // namespace costscan::plan
