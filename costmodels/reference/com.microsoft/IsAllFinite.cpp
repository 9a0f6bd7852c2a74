// Whether all elements of all inputs are finite.
#include "../reference.hpp"

/// One comparison with the largest number for each element's magnitude, which is the element without its sign bit.
void is_all_finite(In first, OutFlags output, Index n, real largest) {
  bool finite = true;
  for (Index i = 0; i < n; ++i) {
    const bool within = first[i] <= largest;
    finite = finite && within;
  }
  output[0] = finite;
}

void run(In first, OutFlags output, Index n, real largest) { KERNEL(is_all_finite, first, output, n, largest); }
