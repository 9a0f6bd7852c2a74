// x sigmoid(alpha x) of each element.
#include "../reference.hpp"

void swish(In X, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = x * (1.0F / (1.0F + exp(-x)));
  }
}

void swish_scaled(In X, Out Y, Index n, real alpha) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = x * (1.0F / (1.0F + exp(-(alpha * x))));
  }
}

void run(In X, Out Y, Index n, bool scaled, real alpha) {
  if (scaled) {
    KERNEL_AS(swish, swish_scaled, X, Y, n, alpha);
  } else {
    KERNEL(swish, X, Y, n);
  }
}
