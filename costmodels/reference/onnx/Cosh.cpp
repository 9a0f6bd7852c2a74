// Hyperbolic cosine of each element.
#include "../reference.hpp"

void cosh(In input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    output[i] = cosh(x);
  }
}

void run(In input, Out output, Index n) { KERNEL(cosh, input, output, n); }
