// Inverse of each matrix.
#include "../reference.hpp"

/// Gauss-Jordan elimination in place, in registers, with partial pivoting: n steps. Step k compares the magnitudes of
/// n - k candidates, divides its row (n operations) and takes it from n - 1 others (n - 1 products, differences, and a
/// product for the column). pivots: which row each step took.
void invert(In X, Held work, HeldIndices pivots, Out Y, Index matrices, Index n) {
  for (Index m = 0; m < matrices; ++m) {
    for (Index i = 0; i < n * n; ++i) work[i] = X[m * n * n + i];
    for (Index k = 0; k < n; ++k) {
      real most = fabs(work[k * n + k]);
      Index pivot = k;
      for (Index i = k + 1; i < n; ++i) {
        const real magnitude = fabs(work[i * n + k]);
        if (magnitude > most) {
          most = magnitude;
          pivot = i;
        }
      }
      pivots[k] = pivot;
      for (Index j = 0; j < n; ++j) {
        const real kept = work[k * n + j];
        work[k * n + j] = work[pivot * n + j];
        work[pivot * n + j] = kept;
      }
      const real inverse = 1.0F / work[k * n + k];
      work[k * n + k] = inverse;
      for (Index j = 0; j < n; ++j) {
        if (j != k) work[k * n + j] = work[k * n + j] * inverse;
      }
      for (Index i = 0; i < n; ++i) {
        if (i != k) {
          const real factor = work[i * n + k];
          for (Index j = 0; j < n; ++j) {
            if (j != k) work[i * n + j] = work[i * n + j] - factor * work[k * n + j];
          }
          work[i * n + k] = 0.0F - factor * inverse;
        }
      }
    }
    for (Index k = n - 1; k >= 0; --k) {
      const Index pivot = pivots[k];
      for (Index i = 0; i < n; ++i) {
        const real kept = work[i * n + k];
        work[i * n + k] = work[i * n + pivot];
        work[i * n + pivot] = kept;
      }
    }
    for (Index i = 0; i < n * n; ++i) Y[m * n * n + i] = work[i];
  }
}

void run(In X, Held work, HeldIndices pivots, Out Y, Index matrices, Index n) {
  KERNEL(invert, X, work, pivots, Y, matrices, n);
}
