// x tanh(softplus(x)) of each element.
#include "../reference.hpp"

void mish(In X, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = x * tanh(log(1.0F + exp(x)));
  }
}

void run(In X, Out Y, Index n) { KERNEL(mish, X, Y, n); }
