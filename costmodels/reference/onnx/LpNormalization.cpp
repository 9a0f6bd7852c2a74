// Divides each row along an axis by its L1 or L2 norm.
#include "../reference.hpp"

void norm(In input, Out norms, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      real sum = 0.0F;
      for (Index j = 0; j < H; ++j) {
        const real x = input[(o * H + j) * inner + i];
        sum += x * x;
      }
      norms[o * inner + i] = sqrt(sum);
    }
  }
}

void norm_absolute(In input, Out norms, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      real sum = 0.0F;
      for (Index j = 0; j < H; ++j) sum += fabs(input[(o * H + j) * inner + i]);
      norms[o * inner + i] = sum;
    }
  }
}

void divide(In input, In norms, Out output, Index outer, Index H, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      for (Index j = 0; j < H; ++j) {
        output[(o * H + j) * inner + i] = input[(o * H + j) * inner + i] / norms[o * inner + i];
      }
    }
  }
}

void run(In input, Out output, Out norms, Index outer, Index H, Index inner, Index p) {
  if (p == 1) {
    KERNEL_AS(norm, norm_absolute, input, norms, outer, H, inner);
  } else {
    KERNEL(norm, input, norms, outer, H, inner);
  }
  KERNEL(divide, input, norms, output, outer, H, inner);
}
