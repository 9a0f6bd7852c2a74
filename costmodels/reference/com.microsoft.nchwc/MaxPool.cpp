// ONNX Runtime com.microsoft.nchwc: the same arithmetic on blocked channels; here, on plain ones (the blocks reorder
// bytes only).
#include "../reference.hpp"

/// Taps in the padding lose against every element, but are compared all the same.
void max_pool(In X, Out Y, Index channels, Index H, Index W, Index OH, Index OW, Index kh, Index kw, Index stride,
              Index pad, Index dilation) {
  for (Index c = 0; c < channels; ++c) {
    for (Index y = 0; y < OH; ++y) {
      for (Index x = 0; x < OW; ++x) {
        real best = lowest;
        for (Index i = 0; i < kh; ++i) {
          for (Index j = 0; j < kw; ++j) {
            const Index h = y * stride - pad + i * dilation;
            const Index w = x * stride - pad + j * dilation;
            const real tap = h >= 0 && h < H && w >= 0 && w < W ? X[(c * H + h) * W + w] : lowest;
            best = fmax(best, tap);
          }
        }
        Y[(c * OH + y) * OW + x] = best;
      }
    }
  }
}

void run(In X, Out Y, Index channels, Index H, Index W, Index OH, Index OW, Index kh, Index kw, Index stride, Index pad,
         Index dilation) {
  KERNEL(max_pool, X, Y, channels, H, W, OH, OW, kh, kw, stride, pad, dilation);
}
