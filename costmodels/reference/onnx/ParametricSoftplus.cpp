// alpha*ln(exp(beta*x) + 1) of each element.
#include "../reference.hpp"

void parametric_softplus(In X, Out Y, Index n, real alpha, real beta) {
  for (Index i = 0; i < n; ++i) Y[i] = alpha * log(1.0F + exp(beta * X[i]));
}

void run(In X, Out Y, Index n, real alpha, real beta) { KERNEL(parametric_softplus, X, Y, n, alpha, beta); }
