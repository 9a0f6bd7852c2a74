// Logarithm of the softmax along an axis.
#include "../reference.hpp"

void row_max(In input, Out maximum, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      real best = lowest;
      for (Index j = 0; j < H; ++j) best = fmax(best, input[(o * H + j) * inner + i]);
      maximum[o * inner + i] = best;
    }
  }
}

void exp_sum(In input, In maximum, Out shifted, Out sums, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      const real best = maximum[o * inner + i];
      real sum = 0.0F;
      for (Index j = 0; j < H; ++j) {
        const real x = input[(o * H + j) * inner + i] - best;
        shifted[(o * H + j) * inner + i] = x;
        sum += exp(x);
      }
      sums[o * inner + i] = sum;
    }
  }
}

void log(In sums, Out logarithms, Index rows) {
  for (Index r = 0; r < rows; ++r) logarithms[r] = log(sums[r]);
}

void subtract(In shifted, In logarithms, Out output, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      for (Index j = 0; j < H; ++j) {
        output[(o * H + j) * inner + i] = shifted[(o * H + j) * inner + i] - logarithms[o * inner + i];
      }
    }
  }
}

void run(In input, Out output, Out maximum, Out shifted, Out sums, Out logarithms, Index outer, Index H, Index inner) {
  KERNEL(row_max, input, maximum, outer, H, inner);
  KERNEL(exp_sum, input, maximum, shifted, sums, outer, H, inner);
  KERNEL(log, sums, logarithms, outer * inner);
  KERNEL(subtract, shifted, logarithms, output, outer, H, inner);
}
