// Matrix product with numpy broadcasting; vectors count as matrices of one row or column.
#include "../reference.hpp"

/// Stacks of matrices; one matrix B for a whole stack is the case batch = 1 with all rows of A.
void matmul(In A, In B, Out Y, Index batch, Index M, Index N, Index K) {
  for (Index b = 0; b < batch; ++b) {
    for (Index i = 0; i < M; ++i) {
      for (Index j = 0; j < N; ++j) {
        real sum = 0.0F;
        for (Index k = 0; k < K; ++k) sum += A[(b * M + i) * K + k] * B[(b * K + k) * N + j];
        Y[(b * M + i) * N + j] = sum;
      }
    }
  }
}

void run(In A, In B, Out Y, Index batch, Index M, Index N, Index K) { KERNEL(matmul, A, B, Y, batch, M, N, K); }
