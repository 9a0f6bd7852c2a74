// ONNX Runtime com.microsoft.nchwc: the same arithmetic on blocked channels; here, on plain ones (the blocks reorder
// bytes only).
#include "../reference.hpp"

void global_average_pool(In X, Out Y, Index channels, Index size) {
  for (Index c = 0; c < channels; ++c) {
    real result = 0.0F;
    for (Index i = 0; i < size; ++i) result += X[c * size + i];
    Y[c] = result / real(size);
  }
}

void run(In X, Out Y, Index channels, Index size) { KERNEL(global_average_pool, X, Y, channels, size); }
