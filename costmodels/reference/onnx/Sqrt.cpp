// Square root of each element.
#include "../reference.hpp"

void sqrt(In X, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = sqrt(x);
  }
}

void run(In X, Out Y, Index n) { KERNEL(sqrt, X, Y, n); }
