// ONNX Runtime com.microsoft.nchwc: the same arithmetic on blocked channels; here, on plain ones (the blocks reorder
// bytes only).
#include "../reference.hpp"

void global_max_pool(In X, Out Y, Index channels, Index size) {
  for (Index c = 0; c < channels; ++c) {
    real result = lowest;
    for (Index i = 0; i < size; ++i) result = fmax(result, X[c * size + i]);
    Y[c] = result;
  }
}

void run(In X, Out Y, Index channels, Index size) { KERNEL(global_max_pool, X, Y, channels, size); }
