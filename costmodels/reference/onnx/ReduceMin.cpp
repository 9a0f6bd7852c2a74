// Minimum over axes.
#include "../reference.hpp"

/// Reduces the middle one of three axes.
void min(In data, Out reduced, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      real best = highest;
      for (Index j = 0; j < H; ++j) {
        const real x = data[(o * H + j) * inner + i];
        best = fmin(best, x);
      }
      reduced[o * inner + i] = best;
    }
  }
}

void run(In data, Out reduced, Index outer, Index H, Index inner) { KERNEL(min, data, reduced, outer, H, inner); }
