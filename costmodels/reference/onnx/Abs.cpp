// Absolute value of each element.
#include "../reference.hpp"

void abs(In X, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = fabs(x);
  }
}

void run(In X, Out Y, Index n) { KERNEL(abs, X, Y, n); }
