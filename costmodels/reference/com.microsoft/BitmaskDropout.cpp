// Drops elements at random while training and scales the rest; the mask takes a bit for each element. Uniform numbers
// come from an integer generator.
#include "../reference.hpp"

/// n elements are words of 32 (the last one may be shorter). One comparison decides whether an element stays, and one
/// product scales it.
void dropout(In data, In ratio, InFlags training_mode, HeldIn uniforms, Out output, OutBits mask, Index n) {
  const real dropped = ratio[0];
  const real larger = 1.0F / (1.0F - dropped);
  const real scale = training_mode[0] ? larger : real(1.0F);
  for (Index first = 0; first < n; first += 32) {
    std::uint32_t word = 0;
    for (Index i = first; i < n && i < first + 32; ++i) {
      const real kept = data[i] * scale;
      const bool stays = uniforms[i] >= dropped;
      word |= std::uint32_t(stays) << (i - first);
      output[i] = stays ? kept : real(0.0F);
    }
    mask[first / 32] = word;
  }
}

void run(In data, In ratio, InFlags training_mode, HeldIn uniforms, Out output, OutBits mask, Index n) {
  KERNEL(dropout, data, ratio, training_mode, uniforms, output, mask, n);
}
