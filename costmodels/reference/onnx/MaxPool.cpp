// Maximum of each window.
#include "../reference.hpp"
#include "../templates/max_pool.hpp"

/// Positions in the image come from those in the padded one.
void max_pool_indices(Held padded, Out Y, OutIndices Indices, Index channels, Index H, Index W, Index PH, Index PW,
                      Index OH, Index OW, Index kh, Index kw, Index stride, Index pad, Index dilation) {
  for (Index c = 0; c < channels; ++c) {
    for (Index y = 0; y < OH; ++y) {
      for (Index x = 0; x < OW; ++x) {
        real best = lowest;
        Index at = 0;
        for (Index i = 0; i < kh; ++i) {
          for (Index j = 0; j < kw; ++j) {
            const Index h = y * stride + i * dilation;
            const Index w = x * stride + j * dilation;
            const real tap = padded[(c * PH + h) * PW + w];
            if (tap > best) {
              best = tap;
              at = (c * H + h - pad) * W + w - pad;
            }
          }
        }
        Y[(c * OH + y) * OW + x] = best;
        Indices[(c * OH + y) * OW + x] = at;
      }
    }
  }
}

void run(In X, Out Y, OutIndices Indices, Held padded, Index channels, Index H, Index W, Index OH, Index OW, Index kh,
         Index kw, Index stride, Index pad, Index dilation) {
  const Index PH = H + 2 * pad;
  const Index PW = W + 2 * pad;
  KERNEL_AS(max_pool, pad_image, X, padded, channels, H, W, PH, PW, pad, pad);
  if (Indices) {
    KERNEL_AS(max_pool, max_pool_indices, padded, Y, Indices, channels, H, W, PH, PW, OH, OW, kh, kw, stride, pad,
              dilation);
  } else {
    KERNEL(max_pool, padded, Y, channels, PH, PW, OH, OW, kh, kw, stride, dilation);
  }
}
