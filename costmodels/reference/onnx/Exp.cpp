// Exponential of each element.
#include "../reference.hpp"

void exp(In input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    output[i] = exp(x);
  }
}

void run(In input, Out output, Index n) { KERNEL(exp, input, output, n); }
