// Chooses each element from one of two operands by a condition.
#include "../reference.hpp"

void where(InFlags condition, In X, In Y, Out output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    const real y = Y[i];
    output[i] = condition[i] ? x : y;
  }
}

void run(InFlags condition, In X, In Y, Out output, Index n) { KERNEL(where, condition, X, Y, output, n); }
