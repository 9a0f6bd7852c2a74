// x sigmoid(x), scaled.
#include "../reference.hpp"

void silu(In X, In scale, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real z = scale[0] * X[i];
    Y[i] = z * (1.0F / (1.0F + exp(-z)));
  }
}

void silu_by(In X, Out Y, Index n, real alpha) {
  for (Index i = 0; i < n; ++i) {
    const real z = alpha * X[i];
    Y[i] = z * (1.0F / (1.0F + exp(-z)));
  }
}

void run(In X, In scale, Out Y, Index n, real alpha) {
  if (scale) {
    KERNEL(silu, X, scale, Y, n);
  } else {
    KERNEL_AS(silu, silu_by, X, Y, n, alpha);
  }
}
