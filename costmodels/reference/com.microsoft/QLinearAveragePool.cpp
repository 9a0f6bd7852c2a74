// Mean of each window of quantised elements.
#include "../reference.hpp"

/// Taps in the padding are zeros.
void average_pool(InCodes X, In x_scale, InCodes x_zero_point, In y_scale, InCodes y_zero_point, OutCodes Y,
                  Index channels, Index H, Index W, Index OH, Index OW, Index kh, Index kw) {
  for (Index c = 0; c < channels; ++c) {
    for (Index i = 0; i < OH; ++i) {
      for (Index j = 0; j < OW; ++j) {
        real sum = 0.0F;
        for (Index u = 0; u < kh; ++u) {
          for (Index v = 0; v < kw; ++v) {
            const integer shifted = integer(X[(c * H + i + u) * W + j + v]) - integer(x_zero_point[0]);
            sum += real(shifted) * x_scale[0];
          }
        }
        const integer rounded = integer(nearbyint(sum / real(kh * kw) / y_scale[0]));
        const integer shifted = rounded + integer(y_zero_point[0]);
        Y[(c * OH + i) * OW + j] = code(smaller_of(greater_of(shifted, 0), 255));
      }
    }
  }
}

void run(InCodes X, In x_scale, InCodes x_zero_point, In y_scale, InCodes y_zero_point, OutCodes Y, Index channels,
         Index H, Index W, Index OH, Index OW, Index kh, Index kw) {
  KERNEL(average_pool, X, x_scale, x_zero_point, y_scale, y_zero_point, Y, channels, H, W, OH, OW, kh, kw);
}
