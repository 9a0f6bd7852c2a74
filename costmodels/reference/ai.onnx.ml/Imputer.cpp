// Replaces missing values.
#include "../reference.hpp"

void impute(In X, Out Y, Index n, real missing, real replacement) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = x == missing ? replacement : x;
  }
}

void run(In X, Out Y, Index n, real missing, real replacement) { KERNEL(impute, X, Y, n, missing, replacement); }
