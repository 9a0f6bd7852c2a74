// Takes whole rows (sub-tensors) of a table by index.
#include "../reference.hpp"

void gather(In data, InIndices indices, Out output, Index n, Index H) {
  for (Index i = 0; i < n; ++i) {
    const Index row = indices[i];
    for (Index j = 0; j < H; ++j) output[i * H + j] = data[row * H + j];
  }
}

void run(In data, InIndices indices, Out output, Index n, Index H) { KERNEL(gather, data, indices, output, n, H); }
