// Normalises groups of channels, scales and shifts them, and optionally applies a swish.
#include "../reference.hpp"
#include "../templates/activation.hpp"
#include "../templates/group_norm.hpp"

void run(In X, In gamma, In beta, Out Y, Out mean, Out variance, Out inverse, Out normalized, Index N, Index groups,
         Index each, Index size, real epsilon, bool swish) {
  KERNEL(var_mean, X, mean, variance, N, groups, each, size);
  KERNEL(rsqrt, variance, inverse, N * groups, epsilon);
  KERNEL(normalize, X, mean, inverse, normalized, N, groups, each, size);
  KERNEL(affine, normalized, gamma, beta, Y, N * size, groups * each);
  if (swish) KERNEL_AS(activation, silu, Y, N * size * groups * each);
}
