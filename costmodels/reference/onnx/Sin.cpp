// Sine of each element.
#include "../reference.hpp"

void sin(In input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    output[i] = sin(x);
  }
}

void run(In input, Out output, Index n) { KERNEL(sin, input, output, n); }
