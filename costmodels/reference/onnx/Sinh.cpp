// Hyperbolic sine of each element.
#include "../reference.hpp"

void sinh(In input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    output[i] = sinh(x);
  }
}

void run(In input, Out output, Index n) { KERNEL(sinh, input, output, n); }
