// Rounds each element up.
#include "../reference.hpp"

void ceil(In X, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = ceil(x);
  }
}

void run(In X, Out Y, Index n) { KERNEL(ceil, X, Y, n); }
