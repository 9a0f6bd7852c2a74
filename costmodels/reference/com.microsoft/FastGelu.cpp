// Gelu by its tanh approximation, with an optional bias.
#include "../reference.hpp"

void fast_gelu(In X, Out Y, Index n, real root_two_over_pi) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    const real inner = root_two_over_pi * (x + 0.044715F * (x * x * x));
    Y[i] = 0.5F * (x * (1.0F + tanh(inner)));
  }
}

void fast_gelu_biased(In X, In bias, Out Y, Index rows, Index H, real root_two_over_pi) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < H; ++j) {
      const real x = X[r * H + j] + bias[j];
      const real inner = root_two_over_pi * (x + 0.044715F * (x * x * x));
      Y[r * H + j] = 0.5F * (x * (1.0F + tanh(inner)));
    }
  }
}

void run(In X, In bias, Out Y, Index rows, Index H, real root_two_over_pi) {
  if (bias) {
    KERNEL_AS(fast_gelu, fast_gelu_biased, X, bias, Y, rows, H, root_two_over_pi);
  } else {
    KERNEL(fast_gelu, X, Y, rows * H, root_two_over_pi);
  }
}
