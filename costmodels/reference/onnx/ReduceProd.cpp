// Product over axes.
#include "../reference.hpp"

/// Reduces the middle one of three axes.
void prod(In data, Out reduced, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      real result = 1.0F;
      for (Index j = 0; j < H; ++j) {
        const real x = data[(o * H + j) * inner + i];
        result *= x;
      }
      reduced[o * inner + i] = result;
    }
  }
}

void run(In data, Out reduced, Index outer, Index H, Index inner) { KERNEL(prod, data, reduced, outer, H, inner); }
