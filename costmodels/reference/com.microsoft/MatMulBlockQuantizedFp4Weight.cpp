// Matrix product with a weight of floating codes of four bits, a scale for each block and one for all.
#include "../reference.hpp"
#include "../templates/packed_product.hpp"

void load_codes(InPacked B, HeldIndices codes, Index n) {
  for (Index i = 0; i < n; ++i) codes[i] = Index((B[i / 2] >> (i % 2 * 4)) & 15);
}

/// The scale of each block, itself a floating code of eight bits, times the one of the tensor.
void combine_scales(InPacked weight_scale, HeldIn byte_levels, In weight_scale_2, Held scales, Index n) {
  for (Index i = 0; i < n; ++i) scales[i] = byte_levels[weight_scale[i] & 255] * weight_scale_2[0];
}

void unpack(HeldIndices codes, HeldIn levels, HeldIn scales, Held weights, Index n, Index block) {
  for (Index i = 0; i < n; ++i) weights[i] = levels[codes[i]] * scales[i / block];
}

void run(In A, InPacked B, InPacked weight_scale, In weight_scale_2, In bias, Out Y, HeldIndices codes, HeldIn levels,
         HeldIn byte_levels, Held scales, Held weights, Index M, Index N, Index K, Index block) {
  KERNEL_AS(matmul, load_codes, B, codes, N * K);
  KERNEL_AS(dequantize, combine_scales, weight_scale, byte_levels, weight_scale_2, scales, N * K / block);
  KERNEL_AS(dequantize, unpack, codes, levels, scales, weights, N * K, block);
  KERNEL(matmul, A, weights, Y, M, N, K);
  if (bias) KERNEL_AS(bias, add_bias, Y, bias, M, N);
}
