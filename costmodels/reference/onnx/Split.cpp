// Cuts a tensor into pieces along an axis.
#include "../reference.hpp"

/// Two pieces along the second axis.
void split(In input, Out first, Out second, Index outer, Index one, Index two) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < one; ++i) first[o * one + i] = input[o * (one + two) + i];
    for (Index i = 0; i < two; ++i) second[o * two + i] = input[o * (one + two) + one + i];
  }
}

void run(In input, Out first, Out second, Index outer, Index one, Index two) {
  KERNEL(split, input, first, second, outer, one, two);
}
