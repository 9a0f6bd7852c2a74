// Running product along an axis.
#include "../reference.hpp"

/// Along the middle one of three axes.
void cum_prod(In x, Out y, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      real running = 1.0F;
      for (Index j = 0; j < H; ++j) {
        running *= x[(o * H + j) * inner + i];
        y[(o * H + j) * inner + i] = running;
      }
    }
  }
}

void run(In x, Out y, Index outer, Index H, Index inner) { KERNEL(cum_prod, x, y, outer, H, inner); }
