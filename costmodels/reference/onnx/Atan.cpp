// Inverse tangent of each element.
#include "../reference.hpp"

void atan(In input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    output[i] = atan(x);
  }
}

void run(In input, Out output, Index n) { KERNEL(atan, input, output, n); }
