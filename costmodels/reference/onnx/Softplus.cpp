// log(exp(x) + 1) of each element.
#include "../reference.hpp"

void softplus(In X, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = log(exp(x) + 1.0F);
  }
}

void run(In X, Out Y, Index n) { KERNEL(softplus, X, Y, n); }
