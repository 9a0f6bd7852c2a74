// Normalises each channel of each example over space, then scales and shifts it.
#include "../reference.hpp"
#include "../templates/channel_norm.hpp"

void run(In input, In scale, In B, Out output, Out mean, Out variance, Out inverse, Out normalized, Index N, Index C,
         Index size, Index rows, Index H, real epsilon) {
  KERNEL(var_mean, input, mean, variance, rows, H);
  KERNEL(rsqrt, variance, inverse, rows, epsilon);
  KERNEL(normalize, input, mean, inverse, normalized, rows, H);
  KERNEL(affine, normalized, scale, B, output, N, C, size);
}
