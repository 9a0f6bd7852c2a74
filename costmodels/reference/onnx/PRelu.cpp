// x where positive, slope x elsewhere, with a learned slope.
#include "../reference.hpp"

/// The slope is that of the middle one of three axes.
void prelu(In X, In slope, Out Y, Index outer, Index middle, Index inner) {
  for (Index i = 0; i < outer; ++i) {
    for (Index j = 0; j < middle; ++j) {
      for (Index k = 0; k < inner; ++k) {
        const real x = X[(i * middle + j) * inner + k];
        const real below = slope[j] * x;
        Y[(i * middle + j) * inner + k] = x < 0.0F ? below : x;
      }
    }
  }
}

void run(In X, In slope, Out Y, Index outer, Index middle, Index inner) {
  KERNEL(prelu, X, slope, Y, outer, middle, inner);
}
