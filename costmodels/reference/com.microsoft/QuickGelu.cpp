// x sigmoid(alpha x) of each element.
#include "../reference.hpp"

void quick_gelu(In X, Out Y, Index n, real alpha) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = x * (1.0F / (1.0F + exp(-(alpha * x))));
  }
}

void quick_gelu_plain(In X, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = x * (1.0F / (1.0F + exp(-x)));
  }
}

void run(In X, Out Y, Index n, real alpha, bool scaled) {
  if (scaled) {
    KERNEL(quick_gelu, X, Y, n, alpha);
  } else {
    KERNEL_AS(quick_gelu, quick_gelu_plain, X, Y, n);
  }
}
