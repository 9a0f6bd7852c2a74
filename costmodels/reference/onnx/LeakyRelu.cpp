// x where positive, alpha x elsewhere.
#include "../reference.hpp"

void leaky_relu(In X, Out Y, Index n, real alpha) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    const real below = alpha * x;
    Y[i] = x < 0.0F ? below : x;
  }
}

void run(In X, Out Y, Index n, real alpha) { KERNEL(leaky_relu, X, Y, n, alpha); }
