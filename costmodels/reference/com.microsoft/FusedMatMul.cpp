// Matrix product with transposed operands and a scale.
#include "../reference.hpp"
#include "../templates/fused_matmul.hpp"

void run(In A, In B, Out Y, Index batch, Index M, Index N, Index K, bool transA, bool transB, bool scaled,
         real factor) {
  KERNEL(matmul, A, B, Y, batch, M, N, K, transA, transB);
  if (scaled) KERNEL(alpha, Y, batch * M * N, factor);
}
