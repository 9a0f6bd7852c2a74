// max(0, min(1, alpha x + beta)) of each element.
#include "../reference.hpp"

void hard_sigmoid(In X, Out Y, Index n, real alpha, real beta) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = fmax(0.0F, fmin(1.0F, alpha * x + beta));
  }
}

void run(In X, Out Y, Index n, real alpha, real beta) { KERNEL(hard_sigmoid, X, Y, n, alpha, beta); }
