// Normalises each row over the axes from `axis` on, then scales and shifts.
#include "../reference.hpp"
#include "../templates/layer_norm.hpp"

void run(In X, In Scale, In B, Out Y, Out mean, Out variance, Out inverse, Out normalized, Index rows, Index H,
         real epsilon) {
  KERNEL(var_mean, X, mean, variance, rows, H);
  KERNEL(rsqrt, variance, inverse, rows, epsilon);
  KERNEL(normalize, X, mean, inverse, normalized, rows, H);
  if (B) {
    KERNEL(affine, normalized, Scale, B, Y, rows, H);
  } else {
    KERNEL_AS(affine, affine_without_shift, normalized, Scale, Y, rows, H);
  }
}
