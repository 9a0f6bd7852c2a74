// Matrix product, optional bias and Gelu by its tanh approximation.
#include "../reference.hpp"

void matmul(In X, In W, Out Y, Index M, Index N, Index K) {
  for (Index i = 0; i < M; ++i) {
    for (Index j = 0; j < N; ++j) {
      real sum = 0.0F;
      for (Index k = 0; k < K; ++k) sum += X[i * K + k] * W[k * N + j];
      Y[i * N + j] = sum;
    }
  }
}

void fast_gelu(Held Y, In bias, Index M, Index N, real root_two_over_pi) {
  for (Index i = 0; i < M; ++i) {
    for (Index j = 0; j < N; ++j) {
      const real x = Y[i * N + j] + bias[j];
      const real inner = root_two_over_pi * (x + 0.044715F * (x * x * x));
      Y[i * N + j] = 0.5F * (x * (1.0F + tanh(inner)));
    }
  }
}

void run(In X, In W, In bias, Out Y, Index M, Index N, Index K, real root_two_over_pi) {
  KERNEL(matmul, X, W, Y, M, N, K);
  KERNEL(fast_gelu, Y, bias, M, N, root_two_over_pi);
}
