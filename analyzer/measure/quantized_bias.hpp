// Quantisation steps of the operands of one convolution or product, where its bias is quantised too. They belong
// together: the runtime computes on integers only where the bias has the step of the input times that of the weights,
// channel by channel (ONNX Runtime 1.31: within 1%); else it dequantises everything on every run.
#pragma once

#include <optional>

#include "measure/uses.hpp"

namespace costscan {

/// The DequantizeLinear of each operand, as uses of their steps (input 1).
struct QuantizedOperands {
  Use input;
  Use weights;
  Use bias;
};

/// Those of the operator that reads what the node of `step` dequantises, as weights or as a bias of 32 bits. nullopt
/// where `step` is no such thing, or one of the three operands is not dequantised.
[[nodiscard]] std::optional<QuantizedOperands> quantized_operands(const UseIndex& uses, const Use& step);

/// The step itself, where its bytes are here and all channels have the same.
[[nodiscard]] std::optional<float> known_step(const UseIndex& uses, const Use& step);

[[nodiscard]] constexpr bool is_same_use(const Use& a, const Use& b) noexcept {
  return a.scope == b.scope && a.node == b.node && a.slot == b.slot;
}

}  // namespace costscan
