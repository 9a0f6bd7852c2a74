// The kernels of ../../templates/packed_product.yaml for codes of four bits. No include guard: each operator's
// namespace has its own copy.
#include "../reference.hpp"

/// Four-bit codes to registers, the low half of each byte first.
void load(InPacked B, HeldSums codes, Index n) {
  for (Index i = 0; i < n; ++i) codes[i] = integer((B[i / 2] >> (i % 2 * 4)) & 15);
}

/// Without zero points the middle of the range, 8, is subtracted.
void dequantize(HeldSums codes, In scales, Held weights, Index N, Index K, Index block) {
  for (Index n = 0; n < N; ++n) {
    for (Index k = 0; k < K; ++k) {
      const integer shifted = integer(codes[n * K + k]) - 8;
      weights[n * K + k] = real(shifted) * scales[(n * K + k) / block];
    }
  }
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

void add_bias(Held Y, In bias, Index M, Index N) {
  for (Index i = 0; i < M; ++i) {
    for (Index j = 0; j < N; ++j) Y[i * N + j] = Y[i * N + j] + bias[j];
  }
}
