// Gaussian error linear unit of each element, by erf.
#include "../reference.hpp"

void gelu(In X, Out Y, Index n, real inverse_root_two) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = 0.5F * (x * (1.0F + erf(x * inverse_root_two)));
  }
}

void run(In X, Out Y, Index n, real inverse_root_two) { KERNEL(gelu, X, Y, n, inverse_root_two); }
