// Rows of H numbers taken to mean 0 and variance 1: what layer, group and instance normalisation share. No include
// guard: each operator's namespace has its own copy.
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
