// Inverse cosine of each element.
#include "../reference.hpp"

void acos(In input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    output[i] = acos(x);
  }
}

void run(In input, Out output, Index n) { KERNEL(acos, input, output, n); }
