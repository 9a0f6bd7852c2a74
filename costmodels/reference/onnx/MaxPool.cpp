// Maximum of each window.
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

void max_pool_indices(In X, Out Y, OutIndices Indices, Index channels, Index H, Index W, Index OH, Index OW, Index kh,
                      Index kw, Index stride, Index pad, Index dilation) {
  for (Index c = 0; c < channels; ++c) {
    for (Index y = 0; y < OH; ++y) {
      for (Index x = 0; x < OW; ++x) {
        real best = lowest;
        Index at = 0;
        for (Index i = 0; i < kh; ++i) {
          for (Index j = 0; j < kw; ++j) {
            const Index h = y * stride - pad + i * dilation;
            const Index w = x * stride - pad + j * dilation;
            const real tap = h >= 0 && h < H && w >= 0 && w < W ? X[(c * H + h) * W + w] : lowest;
            if (tap > best) {
              best = tap;
              at = (c * H + h) * W + w;
            }
          }
        }
        Y[(c * OH + y) * OW + x] = best;
        Indices[(c * OH + y) * OW + x] = at;
      }
    }
  }
}

void run(In X, Out Y, OutIndices Indices, Index channels, Index H, Index W, Index OH, Index OW, Index kh, Index kw,
         Index stride, Index pad, Index dilation) {
  if (Indices) {
    KERNEL_AS(max_pool, max_pool_indices, X, Y, Indices, channels, H, W, OH, OW, kh, kw, stride, pad, dilation);
  } else {
    KERNEL(max_pool, X, Y, channels, H, W, OH, OW, kh, kw, stride, pad, dilation);
  }
}
