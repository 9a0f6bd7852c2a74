// Product of a sparse matrix with a dense one.
#include "../reference.hpp"

/// `values` are stored by rows: those of row i are starts[i] to starts[i + 1], in the columns that `columns` names.
void matmul(In values, HeldIndices starts, HeldIndices columns, In B, Out Y, Index M, Index N) {
  for (Index i = 0; i < M; ++i) {
    for (Index j = 0; j < N; ++j) {
      real sum = 0.0F;
      for (Index k = starts[i]; k < starts[i + 1]; ++k) sum += values[k] * B[columns[k] * N + j];
      Y[i * N + j] = sum;
    }
  }
}

void multiply(Held Y, Index n, real factor) {
  for (Index i = 0; i < n; ++i) Y[i] = Y[i] * factor;
}

void run(In stored, HeldIndices starts, HeldIndices columns, In B, Out Y, Index M, Index N, real alpha, bool scaled) {
  KERNEL(matmul, stored, starts, columns, B, Y, M, N);
  if (scaled) KERNEL_AS(alpha, multiply, Y, M * N, alpha);
}
