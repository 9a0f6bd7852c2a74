// One at the first maximum along an axis, zero elsewhere.
#include "../reference.hpp"

void hardmax(In input, Out output, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      real best = lowest;
      Index at = 0;
      for (Index j = 0; j < H; ++j) {
        const real x = input[(o * H + j) * inner + i];
        if (x > best) {
          best = x;
          at = j;
        }
      }
      for (Index j = 0; j < H; ++j) output[(o * H + j) * inner + i] = j == at ? 1.0F : 0.0F;
    }
  }
}

void run(In input, Out output, Index outer, Index H, Index inner) { KERNEL(hardmax, input, output, outer, H, inner); }
