// Gelu of a quantised matrix.
#include "../reference.hpp"

void gelu(InSignedCodes X, In scale_X, In scale_Y, OutSignedCodes Y, Index n, real inverse_root_two) {
  for (Index i = 0; i < n; ++i) {
    const real x = real(integer(X[i])) * scale_X[0];
    const real y = 0.5F * (x * (1.0F + erf(x * inverse_root_two)));
    Y[i] = signed_code(fmin(fmax(nearbyint(y / scale_Y[0]), -128.0F), 127.0F));
  }
}

void run(InSignedCodes X, In scale_X, In scale_Y, OutSignedCodes Y, Index n, real inverse_root_two) {
  KERNEL(gelu, X, scale_X, scale_Y, Y, n, inverse_root_two);
}
