// Joins tensors along an axis.
#include "../reference.hpp"

/// Two tensors along the second axis.
void concat(In first, In second, Out concat_result, Index outer, Index one, Index two) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < one; ++i) concat_result[o * (one + two) + i] = first[o * one + i];
    for (Index i = 0; i < two; ++i) concat_result[o * (one + two) + one + i] = second[o * two + i];
  }
}

void run(In first, In second, Out concat_result, Index outer, Index one, Index two) {
  KERNEL(concat, first, second, concat_result, outer, one, two);
}
