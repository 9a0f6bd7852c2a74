// Gaussian error linear unit of each element, by erf or by the tanh approximation.
#include "../reference.hpp"

void gelu_erf(In X, Out Y, Index n, real inverse_root_two) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = 0.5F * (x * (1.0F + erf(x * inverse_root_two)));
  }
}

void gelu_tanh(In X, Out Y, Index n, real root_two_over_pi) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    const real inner = root_two_over_pi * (x + 0.044715F * (x * x * x));
    Y[i] = 0.5F * (x * (1.0F + tanh(inner)));
  }
}

void run(In X, Out Y, Index n, bool exact, real inverse_root_two, real root_two_over_pi) {
  if (exact) {
    KERNEL(gelu_erf, X, Y, n, inverse_root_two);
  } else {
    KERNEL(gelu_tanh, X, Y, n, root_two_over_pi);
  }
}
