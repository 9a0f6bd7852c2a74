// Shrinks each element towards zero by the bias beyond the threshold, else gives 0.
#include "../reference.hpp"

void shrink(In input, Out output, Index n, real lambd, real lower, real bias) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    const real above = x - bias;
    const real below = x + bias;
    const bool high = x > lambd;
    const bool low = x < lower;
    output[i] = low ? below : high ? above : 0.0F;
  }
}

void run(In input, Out output, Index n, real lambd, real lower, real bias) {
  KERNEL(shrink, input, output, n, lambd, lower, bias);
}
