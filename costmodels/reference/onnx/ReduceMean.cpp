// Mean over axes.
#include "../reference.hpp"

/// Reduces the middle one of three axes.
void mean(In data, Out reduced, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      real result = 0.0F;
      for (Index j = 0; j < H; ++j) {
        const real x = data[(o * H + j) * inner + i];
        result += x;
      }
      reduced[o * inner + i] = result / real(H);
    }
  }
}

void run(In data, Out reduced, Index outer, Index H, Index inner) { KERNEL(mean, data, reduced, outer, H, inner); }
