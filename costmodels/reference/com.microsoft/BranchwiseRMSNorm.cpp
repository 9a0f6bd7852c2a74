// Scales each branch of each row to unit mean square, then multiplies by a learned scale.
#include "../reference.hpp"
#include "../templates/rms_norm.hpp"

void run(In X, In scale, Out Y, Out square, Out inverse, Out normalized, Index rows, Index H, real epsilon) {
  KERNEL(mean_square, X, square, rows, H);
  KERNEL(rsqrt, square, inverse, rows, epsilon);
  KERNEL(normalize, X, inverse, normalized, rows, H);
  KERNEL_AS(scale, scale_by, normalized, scale, Y, rows, H);
}
