// The input of a product, normalised where asked for. No include guard: each operator's namespace has its own copy.
#include "../reference.hpp"
#include "../templates/rms_norm.hpp"

void add_skip(In A, In skip, Out sum, Index n) {
  for (Index i = 0; i < n; ++i) sum[i] = A[i] + skip[i];
}

/// The product's input: A, plus the skip connection, normalised; the last of these that there is.
In normalized_input(In A, In skip, In norm_scale, Out sum, Out square, Out inverse, Out normalized, Out scaled, Index M,
                    Index K, real epsilon) {
  In x = A;
  if (skip) {
    KERNEL(add_skip, A, skip, sum, M * K);
    x = sum;
  }
  if (!norm_scale) return x;
  KERNEL(mean_square, x, square, M, K);
  KERNEL(rsqrt, square, inverse, M, epsilon);
  KERNEL(normalize, x, inverse, normalized, M, K);
  KERNEL_AS(scale, scale_by, normalized, norm_scale, scaled, M, K);
  return scaled;
}
