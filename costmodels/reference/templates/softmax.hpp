// The kernels of ../../templates/softmax.yaml; the H elements of a row lie `inner` apart. No include guard: each
// operator's namespace has its own copy.
#include "../reference.hpp"

void row_max(In X, Out maximum, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      real best = lowest;
      for (Index j = 0; j < H; ++j) best = fmax(best, X[(o * H + j) * inner + i]);
      maximum[o * inner + i] = best;
    }
  }
}

void exp_sum(In X, In maximum, Out exponentials, Out sums, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      const real best = maximum[o * inner + i];
      real sum = 0.0F;
      for (Index j = 0; j < H; ++j) {
        const real e = exp(X[(o * H + j) * inner + i] - best);
        exponentials[(o * H + j) * inner + i] = e;
        sum += e;
      }
      sums[o * inner + i] = sum;
    }
  }
}

void divide(In exponentials, In sums, Out Y, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      const real sum = sums[o * inner + i];
      for (Index j = 0; j < H; ++j) Y[(o * H + j) * inner + i] = exponentials[(o * H + j) * inner + i] / sum;
    }
  }
}
