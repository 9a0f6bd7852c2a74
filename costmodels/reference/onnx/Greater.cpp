// Elementwise test for greater than, with broadcasting.
#include "../reference.hpp"

/// The second operand is broadcast along the outer and the inner one of three axes.
void greater(In A, In B, OutFlags C, Index outer, Index middle, Index inner) {
  for (Index i = 0; i < outer; ++i) {
    for (Index j = 0; j < middle; ++j) {
      for (Index k = 0; k < inner; ++k) C[(i * middle + j) * inner + k] = A[(i * middle + j) * inner + k] > B[j];
    }
  }
}

void run(In A, In B, OutFlags C, Index outer, Index middle, Index inner) {
  KERNEL(greater, A, B, C, outer, middle, inner);
}
