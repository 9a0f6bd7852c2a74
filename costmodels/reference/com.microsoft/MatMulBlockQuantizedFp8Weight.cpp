// Matrix product with a weight of floating codes of eight bits and a scale for each block.
#include "../reference.hpp"
#include "../templates/packed_product.hpp"

void load_codes(InPacked B, HeldIndices codes, Index n) {
  for (Index i = 0; i < n; ++i) codes[i] = B[i] & 255;
}

void unpack(HeldIndices codes, HeldIn levels, In scales, Held weights, Index n, Index block) {
  for (Index i = 0; i < n; ++i) weights[i] = levels[codes[i]] * scales[i / block];
}

void run(In A, InPacked B, In b_scale, In bias, Out Y, HeldIndices codes, HeldIn levels, Held weights, Index M, Index N,
         Index K, Index block) {
  KERNEL_AS(matmul, load_codes, B, codes, N * K);
  KERNEL_AS(dequantize, unpack, codes, levels, b_scale, weights, N * K, block);
  KERNEL(matmul, A, weights, Y, M, N, K);
  if (bias) KERNEL_AS(bias, add_bias, Y, bias, M, N);
}
