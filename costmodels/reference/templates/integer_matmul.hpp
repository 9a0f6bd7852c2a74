// The kernels of ../../templates/integer_matmul.yaml. No include guard: each operator's namespace has its own copy.
#include "../reference.hpp"

/// Bytes to registers, behind their zero point: sums[0] is that, then the elements.
void load(InCodes codes, InCodes zero_point, HeldSums sums, Index n) {
  sums[0] = integer(zero_point[0]);
  for (Index i = 0; i < n; ++i) sums[i + 1] = integer(codes[i]);
}

void shift(HeldSums sums, Index n) {
  for (Index i = 0; i < n; ++i) sums[i + 1] = integer(sums[i + 1]) - integer(sums[0]);
}

void matmul(HeldSums left, HeldSums right, HeldSums products, Index M, Index N, Index K) {
  for (Index i = 0; i < M; ++i) {
    for (Index j = 0; j < N; ++j) {
      integer sum = 0;
      for (Index k = 0; k < K; ++k) sum += integer(left[i * K + k + 1]) * integer(right[k * N + j + 1]);
      products[i * N + j] = sum;
    }
  }
}
