// x where above alpha, 0 elsewhere.
#include "../reference.hpp"

void thresholded_relu(In X, Out Y, Index n, real alpha) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = x > alpha ? x : 0.0F;
  }
}

void run(In X, Out Y, Index n, real alpha) { KERNEL(thresholded_relu, X, Y, n, alpha); }
