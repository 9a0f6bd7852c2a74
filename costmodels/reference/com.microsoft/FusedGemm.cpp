// Gemm with a fused activation.
#include "../reference.hpp"
#include "../templates/activation.hpp"

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

void run(In A, In B, In C, Out Y, Index M, Index N, Index K, bool transA, bool transB, bool scaled, real factor,
         Index rows, Index columns, bool shift_scaled, real beta, Index kind, real first, real second) {
  KERNEL(matmul, A, B, Y, M, N, K, transA, transB);
  if (scaled) KERNEL(alpha, Y, M * N, factor);
  if (C && shift_scaled) KERNEL_AS(bias, bias_scaled, Y, C, rows, columns, beta);
  if (C && !shift_scaled) KERNEL(bias, Y, C, rows, columns);
  activate(Y, M * N, kind, first, second);
}
