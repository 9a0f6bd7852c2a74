// Natural logarithm of each element.
#include "../reference.hpp"

void log(In input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    output[i] = log(x);
  }
}

void run(In input, Out output, Index n) { KERNEL(log, input, output, n); }
