// Negates each element.
#include "../reference.hpp"

void neg(In X, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = -x;
  }
}

void run(In X, Out Y, Index n) { KERNEL(neg, X, Y, n); }
