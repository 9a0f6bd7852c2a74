// The kernels of ../../templates/layer_norm.yaml. No include guard: each operator's namespace has its own copy.
#include "../templates/normalize_rows.hpp"

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
