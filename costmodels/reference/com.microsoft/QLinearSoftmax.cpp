// Softmax of quantised elements.
#include "../reference.hpp"

void row_max(InCodes X, OutCodes maximum, Index rows, Index H) {
  for (Index r = 0; r < rows; ++r) {
    integer best = 0;
    for (Index j = 0; j < H; ++j) best = greater_of(best, integer(X[r * H + j]));
    maximum[r] = code(best);
  }
}

void exp_sum(InCodes X, InCodes maximum, In X_scale, Out exponentials, Out sums, Index rows, Index H) {
  for (Index r = 0; r < rows; ++r) {
    const integer best = integer(maximum[r]);
    real sum = 0.0F;
    for (Index j = 0; j < H; ++j) {
      const integer shifted = integer(X[r * H + j]) - best;
      const real e = exp(real(shifted) * X_scale[0]);
      exponentials[r * H + j] = e;
      sum += e;
    }
    sums[r] = sum;
  }
}

void divide(In exponentials, In sums, In y_scale, InCodes y_zero_point, OutCodes Y, Index rows, Index H) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < H; ++j) {
      const integer rounded = integer(nearbyint(exponentials[r * H + j] / sums[r] / y_scale[0]));
      Y[r * H + j] = code(smaller_of(greater_of(rounded + integer(y_zero_point[0]), 0), 255));
    }
  }
}

void run(InCodes X, In X_scale, In y_scale, InCodes y_zero_point, OutCodes Y, OutCodes maximum, Out exponentials,
         Out sums, Index rows, Index H) {
  KERNEL(row_max, X, maximum, rows, H);
  KERNEL(exp_sum, X, maximum, X_scale, exponentials, sums, rows, H);
  KERNEL(divide, exponentials, sums, y_scale, y_zero_point, Y, rows, H);
}
