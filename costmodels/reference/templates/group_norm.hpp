// Groups of channels normalised in channels-last layout. No include guard: each operator's
// namespace has its own copy.
#include "../reference.hpp"

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
