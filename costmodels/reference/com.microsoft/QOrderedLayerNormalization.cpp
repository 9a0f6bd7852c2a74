// Normalises each row of a quantised matrix, then scales, shifts and quantises it.
#include "../reference.hpp"

/// Each row is dequantised into registers; sum and division take one operation per element, squared deviations three.
void var_mean(InSignedCodes X, In scale_X, Held row, Out mean, Out variance, Index rows, Index H) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < H; ++j) row[j] = real(integer(X[r * H + j])) * scale_X[0];
    real sum = row[0];
    for (Index j = 1; j < H; ++j) sum += row[j];
    const real center = sum / real(H);
    mean[r] = center;
    const real first = row[0] - center;
    real squares = first * first;
    for (Index j = 1; j < H; ++j) {
      const real deviation = row[j] - center;
      squares += deviation * deviation;
    }
    variance[r] = squares / real(H);
  }
}

void rsqrt(In variance, Out inverse, Index rows, real epsilon) {
  for (Index r = 0; r < rows; ++r) inverse[r] = rsqrt(variance[r] + epsilon);
}

void normalize(InSignedCodes X, In scale_X, In mean, In inverse, In scale, In shift, In scale_Y, OutSignedCodes Y,
               Index rows, Index H) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < H; ++j) {
      const real x = real(integer(X[r * H + j])) * scale_X[0];
      const real y = (x - mean[r]) * inverse[r] * scale[j] + shift[j];
      Y[r * H + j] = signed_code(fmin(fmax(nearbyint(y / scale_Y[0]), -128.0F), 127.0F));
    }
  }
}

void normalize_without_shift(InSignedCodes X, In scale_X, In mean, In inverse, In scale, In scale_Y, OutSignedCodes Y,
                             Index rows, Index H) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < H; ++j) {
      const real x = real(integer(X[r * H + j])) * scale_X[0];
      const real y = (x - mean[r]) * inverse[r] * scale[j];
      Y[r * H + j] = signed_code(fmin(fmax(nearbyint(y / scale_Y[0]), -128.0F), 127.0F));
    }
  }
}

void run(InSignedCodes X, In scale_X, In scale, In B, In scale_Y, OutSignedCodes Y, Held row, Out mean, Out variance,
         Out inverse, Index rows, Index H, real epsilon) {
  KERNEL(var_mean, X, scale_X, row, mean, variance, rows, H);
  KERNEL(rsqrt, variance, inverse, rows, epsilon);
  if (B) KERNEL(normalize, X, scale_X, mean, inverse, scale, B, scale_Y, Y, rows, H);
  if (!B) KERNEL_AS(normalize, normalize_without_shift, X, scale_X, mean, inverse, scale, scale_Y, Y, rows, H);
}
