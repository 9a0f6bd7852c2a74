// Elementwise power with broadcasting.
#include "../reference.hpp"

/// The second operand is broadcast along the outer and the inner one of three axes.
void pow(In X, In Y, Out Z, Index outer, Index middle, Index inner) {
  for (Index i = 0; i < outer; ++i) {
    for (Index j = 0; j < middle; ++j) {
      for (Index k = 0; k < inner; ++k) Z[(i * middle + j) * inner + k] = pow(X[(i * middle + j) * inner + k], Y[j]);
    }
  }
}

void run(In X, In Y, Out Z, Index outer, Index middle, Index inner) { KERNEL(pow, X, Y, Z, outer, middle, inner); }
