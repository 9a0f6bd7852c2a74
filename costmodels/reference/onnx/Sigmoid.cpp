// 1 / (1 + exp(-x)) of each element.
#include "../reference.hpp"

void sigmoid(In X, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = 1.0F / (1.0F + exp(-x));
  }
}

void run(In X, Out Y, Index n) { KERNEL(sigmoid, X, Y, n); }
