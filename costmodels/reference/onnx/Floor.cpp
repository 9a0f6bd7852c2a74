// Rounds each element down.
#include "../reference.hpp"

void floor(In X, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = floor(x);
  }
}

void run(In X, Out Y, Index n) { KERNEL(floor, X, Y, n); }
