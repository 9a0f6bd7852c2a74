// Determinant of each matrix.
#include "../reference.hpp"

/// Elimination without pivoting, in registers; then the product of the diagonal.
void lu(In X, Held work, Out Y, Index matrices, Index n) {
  for (Index m = 0; m < matrices; ++m) {
    for (Index i = 0; i < n * n; ++i) work[i] = X[m * n * n + i];
    for (Index k = 0; k < n - 1; ++k) {
      for (Index i = k + 1; i < n; ++i) {
        const real factor = work[i * n + k] / work[k * n + k];
        for (Index j = k + 1; j < n; ++j) work[i * n + j] = work[i * n + j] - factor * work[k * n + j];
      }
    }
    real product = 1.0F;
    for (Index i = 0; i < n; ++i) product *= work[i * n + i];
    Y[m] = product;
  }
}

void run(In X, Held work, Out Y, Index matrices, Index n) { KERNEL(lu, X, work, Y, matrices, n); }
