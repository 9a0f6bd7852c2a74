// Normalises groups of channels of each example, then scales and shifts each channel.
#include "../reference.hpp"
#include "../templates/channel_norm.hpp"

void run(In X, In scale, In bias, Out Y, Out mean, Out variance, Out inverse, Out normalized, Index N, Index C,
         Index size, Index rows, Index H, real epsilon) {
  KERNEL(var_mean, X, mean, variance, rows, H);
  KERNEL(rsqrt, variance, inverse, rows, epsilon);
  KERNEL(normalize, X, mean, inverse, normalized, rows, H);
  KERNEL(affine, normalized, scale, bias, Y, N, C, size);
}
