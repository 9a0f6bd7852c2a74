// Root-mean-square normalisation of the sum of an input, a skip connection and an optional bias.
#include "../reference.hpp"
#include "../templates/rms_norm.hpp"

void add(In input, In skip, Out sum, Index rows, Index H) {
  for (Index i = 0; i < rows * H; ++i) sum[i] = input[i] + skip[i];
}

void add_biased(In input, In skip, In bias, Out sum, Index rows, Index H) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < H; ++j) sum[r * H + j] = input[r * H + j] + skip[r * H + j] + bias[j];
  }
}

void run(In input, In skip, In gamma, In bias, Out output, Out sum, Out square, Out inverse, Out normalized, Index rows,
         Index H, real epsilon) {
  if (bias) {
    KERNEL_AS(add, add_biased, input, skip, bias, sum, rows, H);
  } else {
    KERNEL(add, input, skip, sum, rows, H);
  }
  KERNEL(mean_square, sum, square, rows, H);
  KERNEL(rsqrt, square, inverse, rows, epsilon);
  KERNEL(normalize, sum, inverse, normalized, rows, H);
  KERNEL_AS(scale, scale_by, normalized, gamma, output, rows, H);
}
