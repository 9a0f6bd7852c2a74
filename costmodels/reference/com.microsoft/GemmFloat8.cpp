// Matrix product of 8-bit or wider floating-point matrices.
#include "../reference.hpp"
#include "../templates/activation.hpp"

/// B comes transposed, [N, K].
void matmul(In A, In B, Out Y, Index M, Index N, Index K) {
  for (Index i = 0; i < M; ++i) {
    for (Index j = 0; j < N; ++j) {
      real sum = 0.0F;
      for (Index k = 0; k < K; ++k) sum += A[i * K + k] * B[j * K + k];
      Y[i * N + j] = sum;
    }
  }
}

void multiply(Held Y, Index n, real factor) {
  for (Index i = 0; i < n; ++i) Y[i] = Y[i] * factor;
}

void add_scaled(Held Y, In C, Index n, real beta) {
  for (Index i = 0; i < n; ++i) Y[i] = Y[i] + beta * C[i];
}

void run(In A, In B, In C, Out Y, Index M, Index N, Index K, real alpha, real beta, bool rectified) {
  KERNEL(matmul, A, B, Y, M, N, K);
  KERNEL_AS(scale, multiply, Y, M * N, alpha);
  if (C) KERNEL_AS(add, add_scaled, Y, C, M * N, beta);
  if (rectified) KERNEL_AS(activation, relu, Y, M * N);
}
