// Inverse sine of each element.
#include "../reference.hpp"

void asin(In input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    output[i] = asin(x);
  }
}

void run(In input, Out output, Index n) { KERNEL(asin, input, output, n); }
