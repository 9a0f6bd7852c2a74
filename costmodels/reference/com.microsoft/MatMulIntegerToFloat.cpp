// Matrix product of 8-bit integers, scaled to floating results.
#include "../reference.hpp"
#include "../templates/integer_matmul.hpp"

void scale(HeldSums products, In a_scale, In b_scale, Held Y, Index n) {
  const real combined = a_scale[0] * b_scale[0];
  for (Index i = 0; i < n; ++i) Y[i] = real(integer(products[i])) * combined;
}

void scale_biased(HeldSums products, In a_scale, In b_scale, In bias, Held Y, Index M, Index N) {
  const real combined = a_scale[0] * b_scale[0];
  for (Index i = 0; i < M; ++i) {
    for (Index j = 0; j < N; ++j) Y[i * N + j] = real(integer(products[i * N + j])) * combined + bias[j];
  }
}

void store(Held values, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = values[i];
}

void run(InCodes A, InCodes B, In a_scale, In b_scale, InCodes a_zero_point, InCodes b_zero_point, In bias, Out Y,
         HeldSums left, HeldSums right, HeldSums products, Held values, Index M, Index N, Index K) {
  KERNEL_AS(matmul, load, A, a_zero_point, left, M * K);
  KERNEL_AS(matmul, load, B, b_zero_point, right, K * N);
  KERNEL_AS(zero_points, shift, left, M * K);
  KERNEL_AS(zero_points, shift, right, K * N);
  KERNEL(matmul, left, right, products, M, N, K);
  if (bias) {
    KERNEL_AS(scale, scale_biased, products, a_scale, b_scale, bias, values, M, N);
  } else {
    KERNEL(scale, products, a_scale, b_scale, values, M * N);
  }
  KERNEL_AS(matmul, store, values, Y, M * N);
}
