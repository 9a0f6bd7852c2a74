// Logarithm of the sum of exponentials over axes.
#include "../reference.hpp"

/// Reduces the middle one of three axes.
void log_sum_exp(In data, Out reduced, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      real result = 0.0F;
      for (Index j = 0; j < H; ++j) {
        const real x = data[(o * H + j) * inner + i];
        result += exp(x);
      }
      reduced[o * inner + i] = log(result);
    }
  }
}

void run(In data, Out reduced, Index outer, Index H, Index inner) {
  KERNEL(log_sum_exp, data, reduced, outer, H, inner);
}
