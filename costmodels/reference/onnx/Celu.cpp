// max(0, x) + min(0, alpha (exp(x / alpha) - 1)) of each element.
#include "../reference.hpp"

void celu(In X, Out Y, Index n, real alpha) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    const real below = alpha * (exp(x / alpha) - 1.0F);
    Y[i] = fmax(x, 0.0F) + fmin(below, 0.0F);
  }
}

void run(In X, Out Y, Index n, real alpha) { KERNEL(celu, X, Y, n, alpha); }
