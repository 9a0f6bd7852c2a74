// Inverse hyperbolic tangent of each element.
#include "../reference.hpp"

void atanh(In input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    output[i] = atanh(x);
  }
}

void run(In input, Out output, Index n) { KERNEL(atanh, input, output, n); }
