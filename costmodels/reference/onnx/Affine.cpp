// alpha*x + beta of each element.
#include "../reference.hpp"

void affine(In X, Out Y, Index n, real alpha, real beta) {
  for (Index i = 0; i < n; ++i) Y[i] = X[i] * alpha + beta;
}

void run(In X, Out Y, Index n, real alpha, real beta) { KERNEL(affine, X, Y, n, alpha, beta); }
