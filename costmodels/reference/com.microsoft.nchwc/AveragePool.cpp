// ONNX Runtime com.microsoft.nchwc: the same arithmetic on blocked channels; here, on plain ones (the blocks reorder
// bytes only).
#include "../reference.hpp"

/// Taps in the padding add zeros; the divisor counts them only where `include_pad` says so.
void average_pool(In X, Out Y, Index channels, Index H, Index W, Index OH, Index OW, Index kh, Index kw, Index stride,
                  Index pad, bool include_pad) {
  for (Index c = 0; c < channels; ++c) {
    for (Index y = 0; y < OH; ++y) {
      for (Index x = 0; x < OW; ++x) {
        real sum = 0.0F;
        Index taps = 0;
        for (Index i = 0; i < kh; ++i) {
          for (Index j = 0; j < kw; ++j) {
            const Index h = y * stride - pad + i;
            const Index w = x * stride - pad + j;
            const bool inside = h >= 0 && h < H && w >= 0 && w < W;
            sum += inside ? X[(c * H + h) * W + w] : 0.0F;
            if (inside || include_pad) ++taps;
          }
        }
        Y[(c * OH + y) * OW + x] = sum / real(taps);
      }
    }
  }
}

void run(In X, Out Y, Index channels, Index H, Index W, Index OH, Index OW, Index kh, Index kw, Index stride, Index pad,
         bool include_pad) {
  KERNEL(average_pool, X, Y, channels, H, W, OH, OW, kh, kw, stride, pad, include_pad);
}
