// Rounds each element to the nearest even integer.
#include "../reference.hpp"

void round(In X, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = nearbyint(x);
  }
}

void run(In X, Out Y, Index n) { KERNEL(round, X, Y, n); }
