// Matrix product with a weight packed in 4-bit blocks of a code book.
#include "../reference.hpp"

/// Bytes to registers.
void load(InPacked B, HeldIndices codes, Index n) {
  for (Index i = 0; i < n; ++i) codes[i] = Index((B[i / 2] >> (4 - i % 2 * 4)) & 15);
}

/// The level that each code stands for, times the scale of its block.
void dequantize(HeldIndices codes, HeldIn levels, In absmax, Held weights, Index n, Index block) {
  for (Index i = 0; i < n; ++i) weights[i] = levels[codes[i]] * absmax[i / block];
}

void matmul(In A, Held weights, Out Y, Index M, Index N, Index K) {
  for (Index i = 0; i < M; ++i) {
    for (Index j = 0; j < N; ++j) {
      real sum = 0.0F;
      for (Index k = 0; k < K; ++k) sum += A[i * K + k] * weights[j * K + k];
      Y[i * N + j] = sum;
    }
  }
}

void run(In A, InPacked B, In absmax, Out Y, HeldIndices codes, HeldIn levels, Held weights, Index M, Index N, Index K,
         Index block) {
  KERNEL_AS(matmul, load, B, codes, N * K);
  KERNEL(dequantize, codes, levels, absmax, weights, N * K, block);
  KERNEL(matmul, A, weights, Y, M, N, K);
}
