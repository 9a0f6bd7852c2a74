// x where positive, alpha (exp(x) - 1) elsewhere.
#include "../reference.hpp"

void elu(In X, Out Y, Index n, real alpha) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    const real below = alpha * (exp(x) - 1.0F);
    Y[i] = x > 0.0F ? x : below;
  }
}

void run(In X, Out Y, Index n, real alpha) { KERNEL(elu, X, Y, n, alpha); }
