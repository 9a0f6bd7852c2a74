// Sum of squares over axes.
#include "../reference.hpp"

/// Reduces the middle one of three axes.
void sum_square(In data, Out reduced, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      real result = 0.0F;
      for (Index j = 0; j < H; ++j) {
        const real x = data[(o * H + j) * inner + i];
        result += x * x;
      }
      reduced[o * inner + i] = result;
    }
  }
}

void run(In data, Out reduced, Index outer, Index H, Index inner) {
  KERNEL(sum_square, data, reduced, outer, H, inner);
}
