// x / (1 + |x|) of each element.
#include "../reference.hpp"

void softsign(In X, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = x / (1.0F + fabs(x));
  }
}

void run(In X, Out Y, Index n) { KERNEL(softsign, X, Y, n); }
