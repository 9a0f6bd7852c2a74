// Groups of channels or single ones, each a row of H numbers, normalised; then a scale and a shift for each channel. No
// include guard: each operator's namespace has its own copy.
#include "../templates/normalize_rows.hpp"

void affine(In normalized, In scale, In shift, Out Y, Index N, Index C, Index size) {
  for (Index n = 0; n < N; ++n) {
    for (Index c = 0; c < C; ++c) {
      for (Index i = 0; i < size; ++i) {
        Y[(n * C + c) * size + i] = normalized[(n * C + c) * size + i] * scale[c] + shift[c];
      }
    }
  }
}
