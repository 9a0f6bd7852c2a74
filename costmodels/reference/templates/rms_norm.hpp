// The kernels of ../../templates/rms_norm.yaml. No include guard: each operator's namespace has its own copy.
#include "../reference.hpp"

/// H multiplications, H - 1 additions and a division: two operations per element.
void mean_square(In X, Out square, Index rows, Index H) {
  for (Index r = 0; r < rows; ++r) {
    real sum = X[r * H] * X[r * H];
    for (Index j = 1; j < H; ++j) {
      const real x = X[r * H + j];
      sum += x * x;
    }
    square[r] = sum / real(H);
  }
}

void rsqrt(In square, Out inverse, Index rows, real epsilon) {
  for (Index r = 0; r < rows; ++r) inverse[r] = rsqrt(square[r] + epsilon);
}

void normalize(In X, In inverse, Out normalized, Index rows, Index H) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < H; ++j) normalized[r * H + j] = X[r * H + j] * inverse[r];
  }
}

void scale_by(In normalized, In factor, Out Y, Index rows, Index H) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < H; ++j) Y[r * H + j] = normalized[r * H + j] * factor[j];
  }
}
