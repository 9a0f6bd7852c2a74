// FusedMatMul and TransposeMatMul, its older name. No include guard: each operator's
// namespace has its own copy.
#include "../reference.hpp"

/// Stacks of matrices, either operand transposed.
void matmul(In A, In B, Out Y, Index batch, Index M, Index N, Index K, bool transA, bool transB) {
  for (Index s = 0; s < batch; ++s) {
    for (Index i = 0; i < M; ++i) {
      for (Index j = 0; j < N; ++j) {
        real sum = 0.0F;
        for (Index k = 0; k < K; ++k) {
          const real a = transA ? A[(s * K + k) * M + i] : A[(s * M + i) * K + k];
          const real b = transB ? B[(s * N + j) * K + k] : B[(s * K + k) * N + j];
          sum += a * b;
        }
        Y[(s * M + i) * N + j] = sum;
      }
    }
  }
}

void alpha(Held Y, Index n, real factor) {
  for (Index i = 0; i < n; ++i) Y[i] = factor * Y[i];
}
