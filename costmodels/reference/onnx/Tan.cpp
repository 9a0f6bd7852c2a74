// Tangent of each element.
#include "../reference.hpp"

void tan(In input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    output[i] = tan(x);
  }
}

void run(In input, Out output, Index n) { KERNEL(tan, input, output, n); }
