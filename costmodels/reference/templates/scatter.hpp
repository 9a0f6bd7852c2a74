// Scattering of single elements or of rows. No include guard: each operator's
// namespace has its own copy.
#include "../reference.hpp"

void copy(In data, Out output, Index n) {
  for (Index i = 0; i < n; ++i) output[i] = data[i];
}

/// Adds each update row to the row that its index names; rows have H elements, each with an index of its own where
/// `single` says so.
void scatter_reduce(In updates, InIndices indices, Out output, Index rows, Index H, bool single) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < H; ++j) {
      const Index row = indices[single ? r * H + j : r];
      output[row * H + j] += updates[r * H + j];
    }
  }
}
