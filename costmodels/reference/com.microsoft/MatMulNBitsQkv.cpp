// Normalises its input and multiplies it with three packed weights, for queries, keys and values.
#include "../reference.hpp"
#include "../templates/packed_product.hpp"
#include "../templates/skip_rms_norm.hpp"

void run(In A, In skip, In norm_scale, InPacked q_B, In q_scales, In q_bias, InPacked k_B, In k_scales, In k_bias,
         InPacked v_B, In v_scales, In v_bias, Out Q, Out Keys, Out V, Out sum, Out square, Out inverse, Out normalized,
         Out scaled, HeldSums codes, Held weights, Index M, Index Nq, Index Nkv, Index K, Index block, real epsilon) {
  In x = normalized_input(A, skip, norm_scale, sum, square, inverse, normalized, scaled, M, K, epsilon);
  KERNEL_AS(q.matmul, load, q_B, codes, Nq * K);
  KERNEL_AS(q.dequantize, dequantize, codes, q_scales, weights, Nq, K, block);
  KERNEL_AS(q.matmul, matmul, x, weights, Q, M, Nq, K);
  if (q_bias) KERNEL_AS(q.bias, add_bias, Q, q_bias, M, Nq);
  KERNEL_AS(k.matmul, load, k_B, codes, Nkv * K);
  KERNEL_AS(k.dequantize, dequantize, codes, k_scales, weights, Nkv, K, block);
  KERNEL_AS(k.matmul, matmul, x, weights, Keys, M, Nkv, K);
  if (k_bias) KERNEL_AS(k.bias, add_bias, Keys, k_bias, M, Nkv);
  KERNEL_AS(v.matmul, load, v_B, codes, Nkv * K);
  KERNEL_AS(v.dequantize, dequantize, codes, v_scales, weights, Nkv, K, block);
  KERNEL_AS(v.matmul, matmul, x, weights, V, M, Nkv, K);
  if (v_bias) KERNEL_AS(v.bias, add_bias, V, v_bias, M, Nkv);
}
