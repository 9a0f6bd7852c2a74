// Group normalisation of the sum of an input, a skip connection and an optional bias.
#include "../reference.hpp"
#include "../templates/activation.hpp"
#include "../templates/group_norm.hpp"

void add(In X, In skip, In bias, Out S, Index rows, Index C) {
  for (Index r = 0; r < rows; ++r) {
    for (Index c = 0; c < C; ++c) S[r * C + c] = X[r * C + c] + skip[r * C + c] + bias[c];
  }
}

void run(In X, In gamma, In beta, In skip, In bias, Out Y, Out S, Out mean, Out variance, Out inverse, Out normalized,
         Index N, Index groups, Index each, Index size, real epsilon, bool swish) {
  KERNEL(add, X, skip, bias, S, N * size, groups * each);
  KERNEL(var_mean, S, mean, variance, N, groups, each, size);
  KERNEL(rsqrt, variance, inverse, N * groups, epsilon);
  KERNEL(normalize, S, mean, inverse, normalized, N, groups, each, size);
  KERNEL(affine, normalized, gamma, beta, Y, N * size, groups * each);
  if (swish) KERNEL_AS(activation, silu, Y, N * size * groups * each);
}
