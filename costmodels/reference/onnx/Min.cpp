// Elementwise minimum of all inputs, with broadcasting.
#include "../reference.hpp"

/// Of three operands the last is broadcast along the outer axis.
void min(In first, In second, In third, Out reduced, Index outer, Index inner) {
  for (Index i = 0; i < outer; ++i) {
    for (Index j = 0; j < inner; ++j) {
      const real a = first[i * inner + j];
      const real b = second[i * inner + j];
      reduced[i * inner + j] = fmin(fmin(a, b), third[j]);
    }
  }
}

void run(In first, In second, In third, Out reduced, Index outer, Index inner) {
  KERNEL(min, first, second, third, reduced, outer, inner);
}
