// Matrix product with a weight packed in blocks of few bits.
#include "../reference.hpp"
#include "../templates/packed_product.hpp"

void run(In A, InPacked B, In scales, In bias, Out Y, HeldSums codes, Held weights, Index M, Index N, Index K,
         Index block) {
  KERNEL_AS(matmul, load, B, codes, N * K);
  KERNEL(dequantize, codes, scales, weights, N, K, block);
  KERNEL(matmul, A, weights, Y, M, N, K);
  if (bias) KERNEL_AS(bias, add_bias, Y, bias, M, N);
}
