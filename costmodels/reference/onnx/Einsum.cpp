// Sum of products over named axes.
#include "../reference.hpp"

/// bij,bjk->bik
void contract(In first, In second, Out Output, Index b, Index i, Index j, Index k) {
  for (Index n = 0; n < b; ++n) {
    for (Index r = 0; r < i; ++r) {
      for (Index c = 0; c < k; ++c) {
        real sum = 0.0F;
        for (Index e = 0; e < j; ++e) sum += first[(n * i + r) * j + e] * second[(n * j + e) * k + c];
        Output[(n * i + r) * k + c] = sum;
      }
    }
  }
}

/// bij->i
void sum(In first, Out Output, Index b, Index i, Index j) {
  for (Index r = 0; r < i; ++r) {
    real total = 0.0F;
    for (Index n = 0; n < b; ++n) {
      for (Index e = 0; e < j; ++e) total += first[(n * i + r) * j + e];
    }
    Output[r] = total;
  }
}

void run(In first, In second, Out Output, Index b, Index i, Index j, Index k) {
  if (second) {
    KERNEL(contract, first, second, Output, b, i, j, k);
  } else {
    KERNEL(sum, first, Output, b, i, j);
  }
}
