// Position of the minimum along an axis.
#include "../reference.hpp"

/// Along the middle one of three axes; the first of equal elements.
void arg_min(In data, OutIndices reduced, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      real best = highest;
      Index at = 0;
      for (Index j = 0; j < H; ++j) {
        const real x = data[(o * H + j) * inner + i];
        if (x < best) {
          best = x;
          at = j;
        }
      }
      reduced[o * inner + i] = at;
    }
  }
}

void run(In data, OutIndices reduced, Index outer, Index H, Index inner) {
  KERNEL(arg_min, data, reduced, outer, H, inner);
}
