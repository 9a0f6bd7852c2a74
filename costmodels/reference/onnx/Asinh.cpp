// Inverse hyperbolic sine of each element.
#include "../reference.hpp"

void asinh(In input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    output[i] = asinh(x);
  }
}

void run(In input, Out output, Index n) { KERNEL(asinh, input, output, n); }
