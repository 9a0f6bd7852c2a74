// x max(0, min(1, x / 6 + 0.5)) of each element.
#include "../reference.hpp"

void hard_swish(In X, Out Y, Index n, real alpha) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    const real gate = fmax(0.0F, fmin(1.0F, alpha * x + 0.5F));
    Y[i] = x * gate;
  }
}

void run(In X, Out Y, Index n, real alpha) { KERNEL(hard_swish, X, Y, n, alpha); }
