// A product of matrices, either transposed, scaled, with a broadcast sum. No include guard: each operator's
// namespace has its own copy.
#include "../reference.hpp"

void matmul(In A, In B, Out Y, Index M, Index N, Index K, bool transA, bool transB) {
  for (Index i = 0; i < M; ++i) {
    for (Index j = 0; j < N; ++j) {
      real sum = 0.0F;
      for (Index k = 0; k < K; ++k) {
        const real a = transA ? A[k * M + i] : A[i * K + k];
        const real b = transB ? B[j * K + k] : B[k * N + j];
        sum += a * b;
      }
      Y[i * N + j] = sum;
    }
  }
}

void alpha(Held Y, Index n, real factor) {
  for (Index i = 0; i < n; ++i) Y[i] = factor * Y[i];
}

/// C is one row for all rows of Y; a whole matrix is the case of one long row.
void bias(Held Y, In C, Index rows, Index columns) {
  for (Index j = 0; j < columns; ++j) {
    const real c = C[j];
    for (Index i = 0; i < rows; ++i) Y[i * columns + j] = Y[i * columns + j] + c;
  }
}

void bias_scaled(Held Y, In C, Index rows, Index columns, real beta) {
  for (Index j = 0; j < columns; ++j) {
    const real c = beta * C[j];
    for (Index i = 0; i < rows; ++i) Y[i * columns + j] = Y[i * columns + j] + c;
  }
}
