// Product of 8-bit matrices. The order of their elements in memory is addressing: here B comes transposed, [N, K].
#include "../reference.hpp"

void matmul(InSignedCodes A, InSignedCodes B, HeldSums products, Index M, Index N, Index K) {
  for (Index i = 0; i < M; ++i) {
    for (Index j = 0; j < N; ++j) {
      integer sum = 0;
      for (Index k = 0; k < K; ++k) sum += integer(A[i * K + k]) * integer(B[j * K + k]);
      products[i * N + j] = sum;
    }
  }
}

/// The combined scale, bias and scaled addend; then rounding and two compare-selects that saturate. The bias comes in
/// units of the result.
void rescale(HeldSums products, In scale_A, In scale_B, In scale_Y, In bias, InSignedCodes C, In scale_C,
             HeldSums codes, Index M, Index N) {
  const real combined = scale_A[0] * scale_B[0] / scale_Y[0];
  const real share = scale_C[0] / scale_Y[0];
  for (Index i = 0; i < M; ++i) {
    for (Index j = 0; j < N; ++j) {
      const real y = real(integer(products[i * N + j])) * combined + bias[j] + share * real(integer(C[i * N + j]));
      codes[i * N + j] = signed_code(fmin(fmax(nearbyint(y), -128.0F), 127.0F));
    }
  }
}

void rescale_plain(HeldSums products, In scale_A, In scale_B, In scale_Y, HeldSums codes, Index n) {
  const real combined = scale_A[0] * scale_B[0] / scale_Y[0];
  for (Index i = 0; i < n; ++i) {
    codes[i] = signed_code(fmin(fmax(nearbyint(real(integer(products[i])) * combined), -128.0F), 127.0F));
  }
}

void store(HeldSums codes, OutSignedCodes Y, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = signed_code(integer(codes[i]));
}

void run(InSignedCodes A, In scale_A, InSignedCodes B, In scale_B, In scale_Y, In bias, InSignedCodes C, In scale_C,
         OutSignedCodes Y, HeldSums products, HeldSums codes, Index M, Index N, Index K) {
  KERNEL(matmul, A, B, products, M, N, K);
  if (C) KERNEL(rescale, products, scale_A, scale_B, scale_Y, bias, C, scale_C, codes, M, N);
  if (!C) KERNEL_AS(rescale, rescale_plain, products, scale_A, scale_B, scale_Y, codes, M * N);
  KERNEL_AS(matmul, store, codes, Y, M * N);
}
