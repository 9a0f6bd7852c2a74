// Extends a tensor at its borders by a constant, its edge or its reflection.
#include "../reference.hpp"

/// A border of zeros around rows and columns.
void pad(In data, Out output, Index H, Index W, Index top, Index left, Index OH, Index OW) {
  for (Index i = 0; i < OH; ++i) {
    for (Index j = 0; j < OW; ++j) {
      const bool inside = i >= top && i < top + H && j >= left && j < left + W;
      output[i * OW + j] = inside ? data[(i - top) * W + j - left] : 0.0F;
    }
  }
}

void run(In data, Out output, Index H, Index W, Index top, Index left, Index OH, Index OW) {
  KERNEL(pad, data, output, H, W, top, left, OH, OW);
}
