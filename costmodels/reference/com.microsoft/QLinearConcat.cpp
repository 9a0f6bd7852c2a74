// Joins quantised tensors along an axis, requantised to one scale.
#include "../reference.hpp"

/// Two pieces along the last axis, each of its own scale.
void concat(InCodes first, In first_scale, InCodes first_zero, InCodes second, In second_scale, InCodes second_zero,
            In Y_scale, InCodes Y_zero_point, OutCodes Y, Index rows, Index one, Index two) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < one; ++j) {
      const real x = real(integer(first[r * one + j]) - integer(first_zero[0])) * first_scale[0];
      const integer shifted = integer(nearbyint(x / Y_scale[0])) + integer(Y_zero_point[0]);
      Y[r * (one + two) + j] = code(smaller_of(greater_of(shifted, 0), 255));
    }
    for (Index j = 0; j < two; ++j) {
      const real x = real(integer(second[r * two + j]) - integer(second_zero[0])) * second_scale[0];
      const integer shifted = integer(nearbyint(x / Y_scale[0])) + integer(Y_zero_point[0]);
      Y[r * (one + two) + one + j] = code(smaller_of(greater_of(shifted, 0), 255));
    }
  }
}

void run(InCodes first, In first_scale, InCodes first_zero, InCodes second, In second_scale, InCodes second_zero,
         In Y_scale, InCodes Y_zero_point, OutCodes Y, Index rows, Index one, Index two) {
  KERNEL(concat, first, first_scale, first_zero, second, second_scale, second_zero, Y_scale, Y_zero_point, Y, rows, one,
         two);
}
