// Gauss error function of each element.
#include "../reference.hpp"

void erf(In input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = input[i];
    output[i] = erf(x);
  }
}

void run(In input, Out output, Index n) { KERNEL(erf, input, output, n); }
