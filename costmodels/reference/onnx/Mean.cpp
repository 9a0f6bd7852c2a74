// Elementwise mean of all inputs, with broadcasting.
#include "../reference.hpp"

/// Of three operands the last is broadcast along the outer axis.
void mean(In first, In second, In third, Out reduced, Index outer, Index inner) {
  for (Index i = 0; i < outer; ++i) {
    for (Index j = 0; j < inner; ++j) {
      const real a = first[i * inner + j];
      const real b = second[i * inner + j];
      reduced[i * inner + j] = (a + b + third[j]) / 3.0F;
    }
  }
}

void run(In first, In second, In third, Out reduced, Index outer, Index inner) {
  KERNEL(mean, first, second, third, reduced, outer, inner);
}
