// Chooses each quantised element from one of two operands by a condition and requantises it.
#include "../reference.hpp"

void where(InFlags condition, InCodes X, In x_scale, InCodes x_zero_point, InCodes Y, In y_scale, InCodes y_zero_point,
           In z_scale, InCodes z_zero_point, OutCodes Z, Index n) {
  for (Index i = 0; i < n; ++i) {
    const integer x = integer(X[i]);
    const integer y = integer(Y[i]);
    const integer x_zero = integer(x_zero_point[0]);
    const integer y_zero = integer(y_zero_point[0]);
    const real x_step = x_scale[0];
    const real y_step = y_scale[0];
    const bool first = condition[i];
    const real value = real((first ? x : y) - (first ? x_zero : y_zero)) * (first ? x_step : y_step);
    const integer shifted = integer(nearbyint(value / z_scale[0])) + integer(z_zero_point[0]);
    Z[i] = code(smaller_of(greater_of(shifted, 0), 255));
  }
}

void run(InFlags condition, InCodes X, In x_scale, InCodes x_zero_point, InCodes Y, In y_scale, InCodes y_zero_point,
         In z_scale, InCodes z_zero_point, OutCodes Z, Index n) {
  KERNEL(where, condition, X, x_scale, x_zero_point, Y, y_scale, y_zero_point, z_scale, z_zero_point, Z, n);
}
