// Elementwise remainder with broadcasting.
#include "../reference.hpp"

/// The second operand is broadcast along the outer and the inner one of three axes.
void mod(In A, In B, Out C, Index outer, Index middle, Index inner) {
  for (Index i = 0; i < outer; ++i) {
    for (Index j = 0; j < middle; ++j) {
      for (Index k = 0; k < inner; ++k) C[(i * middle + j) * inner + k] = fmod(A[(i * middle + j) * inner + k], B[j]);
    }
  }
}

void run(In A, In B, Out C, Index outer, Index middle, Index inner) { KERNEL(mod, A, B, C, outer, middle, inner); }
