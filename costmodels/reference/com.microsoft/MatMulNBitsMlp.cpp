// Multiplies its input, normalised where asked for, with two packed weights, and one activated result with the other.
#include "../reference.hpp"
#include "../templates/activation.hpp"
#include "../templates/packed_product.hpp"
#include "../templates/skip_rms_norm.hpp"

void multiply(In gated, In other, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = gated[i] * other[i];
}

void run(In A, In skip, In norm_scale, InPacked gate_B, In gate_scales, In gate_bias, InPacked up_B, In up_scales,
         In up_bias, Out Y, Out sum, Out square, Out inverse, Out normalized, Out scaled, HeldSums codes, Held weights,
         Out gated, Out other, Index M, Index N, Index K, Index block, real epsilon) {
  In x = normalized_input(A, skip, norm_scale, sum, square, inverse, normalized, scaled, M, K, epsilon);
  KERNEL_AS(gate.matmul, load, gate_B, codes, N * K);
  KERNEL_AS(gate.dequantize, dequantize, codes, gate_scales, weights, N, K, block);
  KERNEL_AS(gate.matmul, matmul, x, weights, gated, M, N, K);
  if (gate_bias) KERNEL_AS(gate.bias, add_bias, gated, gate_bias, M, N);
  KERNEL_AS(up.matmul, load, up_B, codes, N * K);
  KERNEL_AS(up.dequantize, dequantize, codes, up_scales, weights, N, K, block);
  KERNEL_AS(up.matmul, matmul, x, weights, other, M, N, K);
  if (up_bias) KERNEL_AS(up.bias, add_bias, other, up_bias, M, N);
  KERNEL_AS(activation, silu, gated, M * N);
  KERNEL(multiply, gated, other, Y, M * N);
}
