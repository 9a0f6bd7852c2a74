// Quantises the first operand by its own range and multiplies in 8-bit integers, with floating results.
#include "../reference.hpp"
#include "../templates/dynamic_quantize.hpp"
#include "../templates/integer_matmul.hpp"

void multiply(HeldSums products, In a_scale, In b_scale, Held Y, Index n) {
  const real combined = a_scale[0] * b_scale[0];
  for (Index i = 0; i < n; ++i) Y[i] = real(integer(products[i])) * combined;
}

void multiply_biased(HeldSums products, In a_scale, In b_scale, In bias, Held Y, Index M, Index N) {
  const real combined = a_scale[0] * b_scale[0];
  for (Index i = 0; i < M; ++i) {
    for (Index j = 0; j < N; ++j) Y[i * N + j] = real(integer(products[i * N + j])) * combined + bias[j];
  }
}

void store(Held values, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = values[i];
}

void run(In A, InCodes B, In b_scale, InCodes b_zero_point, In bias, Out Y, Out range, Out a_scale,
         OutCodes a_zero_point, OutCodes codes, HeldSums left, HeldSums right, HeldSums products, Held values, Index M,
         Index N, Index K) {
  KERNEL(min_max, A, range, M * K);
  KERNEL_AS(scale, find_scale, range, a_scale, a_zero_point);
  KERNEL(quantize, A, a_scale, a_zero_point, codes, M * K);
  KERNEL_AS(matmul, load, codes, a_zero_point, left, M * K);
  KERNEL_AS(matmul, load, B, b_zero_point, right, K * N);
  KERNEL_AS(zero_points, shift, left, M * K);
  KERNEL_AS(zero_points, shift, right, K * N);
  KERNEL(matmul, left, right, products, M, N, K);
  if (bias) {
    KERNEL_AS(scale, multiply_biased, products, a_scale, b_scale, bias, values, M, N);
  } else {
    KERNEL_AS(scale, multiply, products, a_scale, b_scale, values, M * N);
  }
  KERNEL_AS(matmul, store, values, Y, M * N);
}
