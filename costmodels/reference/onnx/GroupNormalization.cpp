// Normalises groups of channels of each example, then scales and shifts each channel.
#include "../reference.hpp"

/// H - 1 additions and a division make the mean: H operations; the variance takes three per element alike.
void var_mean(In X, Out mean, Out variance, Index rows, Index H) {
  for (Index r = 0; r < rows; ++r) {
    real sum = X[r * H];
    for (Index j = 1; j < H; ++j) sum += X[r * H + j];
    const real center = sum / real(H);
    mean[r] = center;
    const real first = X[r * H] - center;
    real squares = first * first;
    for (Index j = 1; j < H; ++j) {
      const real deviation = X[r * H + j] - center;
      squares += deviation * deviation;
    }
    variance[r] = squares / real(H);
  }
}

void rsqrt(In variance, Out inverse, Index rows, real epsilon) {
  for (Index r = 0; r < rows; ++r) inverse[r] = rsqrt(variance[r] + epsilon);
}

void normalize(In X, In mean, In inverse, Out normalized, Index rows, Index H) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < H; ++j) normalized[r * H + j] = (X[r * H + j] - mean[r]) * inverse[r];
  }
}

void affine(In normalized, In scale, In bias, Out Y, Index N, Index C, Index size) {
  for (Index n = 0; n < N; ++n) {
    for (Index c = 0; c < C; ++c) {
      for (Index i = 0; i < size; ++i) {
        Y[(n * C + c) * size + i] = normalized[(n * C + c) * size + i] * scale[c] + bias[c];
      }
    }
  }
}

void run(In X, In scale, In bias, Out Y, Out mean, Out variance, Out inverse, Out normalized, Index N, Index C,
         Index size, Index rows, Index H, real epsilon) {
  KERNEL(var_mean, X, mean, variance, rows, H);
  KERNEL(rsqrt, variance, inverse, rows, epsilon);
  KERNEL(normalize, X, mean, inverse, normalized, rows, H);
  KERNEL(affine, normalized, scale, bias, Y, N, C, size);
}
