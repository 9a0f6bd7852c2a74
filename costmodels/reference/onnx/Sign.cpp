// -1, 0 or 1 by the sign of each element.
#include "../reference.hpp"

void sign(In input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    const bool above = x > 0.0F;
    const bool below = x < 0.0F;
    output[i] = above ? 1.0F : below ? -1.0F : 0.0F;
  }
}

void run(In input, Out output, Index n) { KERNEL(sign, input, output, n); }
