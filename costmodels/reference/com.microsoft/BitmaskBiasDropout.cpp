// Adds a bias, drops elements at random while training, and adds a residual; the mask takes a bit for each element.
// Uniform numbers come from an integer generator.
#include "../reference.hpp"

/// n elements are words of 32 (the last one may be shorter). One comparison decides whether an element stays, and one
/// product scales it.
void bias_dropout(In data, In bias, In residual, In ratio, InFlags training_mode, HeldIn uniforms, Out output,
                  OutBits mask, Index n, Index width) {
  const real dropped = ratio[0];
  const real larger = 1.0F / (1.0F - dropped);
  const real scale = training_mode[0] ? larger : real(1.0F);
  for (Index first = 0; first < n; first += 32) {
    std::uint32_t word = 0;
    for (Index i = first; i < n && i < first + 32; ++i) {
      const real kept = (data[i] + bias[i % width]) * scale;
      const bool stays = uniforms[i] >= dropped;
      word |= std::uint32_t(stays) << (i - first);
      output[i] = (stays ? kept : real(0.0F)) + residual[i];
    }
    mask[first / 32] = word;
  }
}

void run(In data, In bias, In residual, In ratio, InFlags training_mode, HeldIn uniforms, Out output, OutBits mask,
         Index n, Index width) {
  KERNEL(bias_dropout, data, bias, residual, ratio, training_mode, uniforms, output, mask, n, width);
}
