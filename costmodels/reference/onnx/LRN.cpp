// Divides each element by a power of the energy of its neighbouring channels.
#include "../reference.hpp"

void square(In X, Out squares, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    squares[i] = x * x;
  }
}

/// Channels beyond the border add zeros. alpha_over_size is alpha / size.
void normalize(In X, In squares, Out Y, Index N, Index C, Index inner, Index size, real alpha_over_size, real beta,
               real bias) {
  for (Index n = 0; n < N; ++n) {
    for (Index c = 0; c < C; ++c) {
      for (Index i = 0; i < inner; ++i) {
        real sum = 0.0F;
        for (Index j = 0; j < size; ++j) {
          const Index at = c - (size - 1) / 2 + j;
          sum += at >= 0 && at < C ? squares[(n * C + at) * inner + i] : 0.0F;
        }
        Y[(n * C + c) * inner + i] = X[(n * C + c) * inner + i] / pow(bias + alpha_over_size * sum, beta);
      }
    }
  }
}

void run(In X, Out Y, Out squares, Index N, Index C, Index inner, Index size, real alpha_over_size, real beta,
         real bias) {
  KERNEL(square, X, squares, N * C * inner);
  KERNEL(normalize, X, squares, Y, N, C, inner, size, alpha_over_size, beta, bias);
}
