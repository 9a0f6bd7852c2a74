// Linear forms of the features, one per target.
#include "../reference.hpp"

void gemm(In X, In coefficients, Out Y, Index rows, Index targets, Index F) {
  for (Index r = 0; r < rows; ++r) {
    for (Index t = 0; t < targets; ++t) {
      real sum = 0.0F;
      for (Index f = 0; f < F; ++f) sum += X[r * F + f] * coefficients[t * F + f];
      Y[r * targets + t] = sum;
    }
  }
}

void add_intercepts(Held Y, In intercepts, Index rows, Index targets) {
  for (Index r = 0; r < rows; ++r) {
    for (Index t = 0; t < targets; ++t) Y[r * targets + t] = Y[r * targets + t] + intercepts[t];
  }
}

void run(In X, In weights, In shifts, Out Y, Index rows, Index targets, Index F) {
  KERNEL(gemm, X, weights, Y, rows, targets, F);
  if (shifts) KERNEL_AS(intercept, add_intercepts, Y, shifts, rows, targets);
}
