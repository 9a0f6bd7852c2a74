// max(0, x) of each element.
#include "../reference.hpp"

void relu(In X, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = fmax(x, 0.0F);
  }
}

void run(In X, Out Y, Index n) { KERNEL(relu, X, Y, n); }
