// Gemm with a fused activation.
#include "../reference.hpp"
#include "../templates/activation.hpp"
#include "../templates/gemm_parts.hpp"

void run(In A, In B, In C, Out Y, Index M, Index N, Index K, bool transA, bool transB, bool scaled, real factor,
         Index rows, Index columns, bool shift_scaled, real beta, Index kind, real first, real second) {
  KERNEL(matmul, A, B, Y, M, N, K, transA, transB);
  if (scaled) KERNEL(alpha, Y, M * N, factor);
  if (C && shift_scaled) KERNEL_AS(bias, bias_scaled, Y, C, rows, columns, beta);
  if (C && !shift_scaled) KERNEL(bias, Y, C, rows, columns);
  activate(Y, M * N, kind, first, second);
}
