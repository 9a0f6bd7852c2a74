// Hyperbolic tangent of each element.
#include "../reference.hpp"

void tanh(In input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    output[i] = tanh(x);
  }
}

void run(In input, Out output, Index n) { KERNEL(tanh, input, output, n); }
