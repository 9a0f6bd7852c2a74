// Group normalisation of the sum of an input, a skip connection and an optional bias.
#include "../reference.hpp"
#include "../templates/activation.hpp"

void add(In X, In skip, In bias, Out S, Index rows, Index C) {
  for (Index r = 0; r < rows; ++r) {
    for (Index c = 0; c < C; ++c) S[r * C + c] = X[r * C + c] + skip[r * C + c] + bias[c];
  }
}

/// Groups of `each` channels of an image with channels last; each = C / groups, and n elements in a group.
void var_mean(In X, Out mean, Out variance, Index N, Index groups, Index each, Index size) {
  for (Index n = 0; n < N; ++n) {
    for (Index g = 0; g < groups; ++g) {
      const Index base = n * size * groups * each + g * each;
      const Index count = size * each;
      real sum = X[base];
      for (Index k = 1; k < count; ++k) sum += X[base + (k / each) * groups * each + k % each];
      const real center = sum / real(count);
      mean[n * groups + g] = center;
      const real first = X[base] - center;
      real squares = first * first;
      for (Index k = 1; k < count; ++k) {
        const real deviation = X[base + (k / each) * groups * each + k % each] - center;
        squares += deviation * deviation;
      }
      variance[n * groups + g] = squares / real(count);
    }
  }
}

void rsqrt(In variance, Out inverse, Index rows, real epsilon) {
  for (Index r = 0; r < rows; ++r) inverse[r] = rsqrt(variance[r] + epsilon);
}

void normalize(In X, In mean, In inverse, Out normalized, Index N, Index groups, Index each, Index size) {
  for (Index n = 0; n < N; ++n) {
    for (Index i = 0; i < size; ++i) {
      for (Index g = 0; g < groups; ++g) {
        for (Index e = 0; e < each; ++e) {
          const Index at = ((n * size + i) * groups + g) * each + e;
          normalized[at] = (X[at] - mean[n * groups + g]) * inverse[n * groups + g];
        }
      }
    }
  }
}

void affine(In normalized, In gamma, In beta, Out Y, Index rows, Index C) {
  for (Index r = 0; r < rows; ++r) {
    for (Index c = 0; c < C; ++c) Y[r * C + c] = normalized[r * C + c] * gamma[c] + beta[c];
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
