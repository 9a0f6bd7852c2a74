// 1 / x of each element.
#include "../reference.hpp"

void reciprocal(In X, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = 1.0F / x;
  }
}

void run(In X, Out Y, Index n) { KERNEL(reciprocal, X, Y, n); }
