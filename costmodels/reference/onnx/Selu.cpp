// gamma x where positive, gamma alpha (exp(x) - 1) elsewhere.
#include "../reference.hpp"

void selu(In X, Out Y, Index n, real alpha, real gamma) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    const real below = alpha * (exp(x) - 1.0F);
    Y[i] = gamma * (x > 0.0F ? x : below);
  }
}

void run(In X, Out Y, Index n, real alpha, real gamma) { KERNEL(selu, X, Y, n, alpha, gamma); }
