// The kernels of ../../templates/layer_norm.yaml. No include guard: each operator's namespace has its own copy.
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

void affine(In normalized, In scale, In shift, Out Y, Index rows, Index H) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < H; ++j) Y[r * H + j] = normalized[r * H + j] * scale[j] + shift[j];
  }
}

void affine_without_shift(In normalized, In scale, Out Y, Index rows, Index H) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < H; ++j) Y[r * H + j] = normalized[r * H + j] * scale[j];
  }
}
