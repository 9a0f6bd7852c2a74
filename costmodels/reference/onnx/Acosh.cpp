// Inverse hyperbolic cosine of each element.
#include "../reference.hpp"

void acosh(In input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    output[i] = acosh(x);
  }
}

void run(In input, Out output, Index n) { KERNEL(acosh, input, output, n); }
