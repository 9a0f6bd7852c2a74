// Cosine of each element.
#include "../reference.hpp"

void cos(In input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    output[i] = cos(x);
  }
}

void run(In input, Out output, Index n) { KERNEL(cos, input, output, n); }
