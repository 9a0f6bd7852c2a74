// Gemm of quantised operands.
#include "../reference.hpp"
#include "../templates/integer_matmul.hpp"

void bias(HeldSums products, InSums C, Index M, Index N) {
  for (Index i = 0; i < M; ++i) {
    for (Index j = 0; j < N; ++j) products[i * N + j] = integer(products[i * N + j]) + integer(C[j]);
  }
}

/// The combined scale is one number for all results.
void requantize(HeldSums sums, In a_scale, In b_scale, In y_scale, InCodes y_zero_point, Index n) {
  const real combined = a_scale[0] * b_scale[0] / y_scale[0];
  const integer zero_point = integer(y_zero_point[0]);
  for (Index i = 0; i < n; ++i) {
    const integer rounded = integer(nearbyint(combined * real(integer(sums[i]))));
    sums[i] = smaller_of(greater_of(rounded + zero_point, 0), 255);
  }
}

/// The results leave as bytes.
void store(HeldSums sums, OutCodes y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] = code(integer(sums[i]));
}

void run(InCodes A, In a_scale, InCodes a_zero_point, InCodes B, In b_scale, InCodes b_zero_point, InSums C, In y_scale,
         InCodes y_zero_point, OutCodes Y, HeldSums left, HeldSums right, HeldSums products, Index M, Index N,
         Index K) {
  KERNEL_AS(matmul, load, A, a_zero_point, left, M * K);
  KERNEL_AS(matmul, load, B, b_zero_point, right, K * N);
  KERNEL_AS(zero_points, shift, left, M * K);
  KERNEL_AS(zero_points, shift, right, K * N);
  KERNEL(matmul, left, right, products, M, N, K);
  if (C) KERNEL(bias, products, C, M, N);
  KERNEL(requantize, products, a_scale, b_scale, y_scale, y_zero_point, M * N);
  KERNEL_AS(matmul, store, products, Y, M * N);
}
