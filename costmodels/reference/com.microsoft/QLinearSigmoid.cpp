// Sigmoid of quantised elements.
#include "../reference.hpp"

void sigmoid(InCodes X, In X_scale, InCodes X_zero_point, In Y_scale, InCodes Y_zero_point, OutCodes Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = real(integer(X[i]) - integer(X_zero_point[0])) * X_scale[0];
    const real y = 1.0F / (1.0F + exp(-x));
    const integer shifted = integer(nearbyint(y / Y_scale[0])) + integer(Y_zero_point[0]);
    Y[i] = code(smaller_of(greater_of(shifted, 0), 255));
  }
}

void run(InCodes X, In X_scale, InCodes X_zero_point, In Y_scale, InCodes Y_zero_point, OutCodes Y, Index n) {
  KERNEL(sigmoid, X, X_scale, X_zero_point, Y_scale, Y_zero_point, Y, n);
}
