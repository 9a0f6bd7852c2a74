// Maximum of each window of quantised elements, channels last.
#include "../reference.hpp"

/// The image with a border of the lowest code, in registers.
void pad_image(InCodes x, HeldSums padded, Index N, Index C, Index H, Index W, Index PH, Index PW, Index pad) {
  for (Index i = 0; i < N * PH * PW * C; ++i) padded[i] = 0;
  for (Index n = 0; n < N; ++n) {
    for (Index h = 0; h < H; ++h) {
      for (Index i = 0; i < W * C; ++i) {
        padded[((n * PH + h + pad) * PW + pad) * C + i] = integer(x[(n * H + h) * W * C + i]);
      }
    }
  }
}

void max_pool(HeldSums padded, OutCodes y, Index N, Index C, Index PH, Index PW, Index OH, Index OW, Index kh, Index kw,
              Index stride) {
  for (Index n = 0; n < N; ++n) {
    for (Index i = 0; i < OH; ++i) {
      for (Index j = 0; j < OW; ++j) {
        for (Index c = 0; c < C; ++c) {
          integer best = 0;
          for (Index u = 0; u < kh; ++u) {
            for (Index v = 0; v < kw; ++v) {
              best = greater_of(best, integer(padded[((n * PH + i * stride + u) * PW + j * stride + v) * C + c]));
            }
          }
          y[((n * OH + i) * OW + j) * C + c] = code(best);
        }
      }
    }
  }
}

void run(InCodes x, OutCodes y, HeldSums padded, Index N, Index C, Index H, Index W, Index OH, Index OW, Index kh,
         Index kw, Index stride, Index pad) {
  const Index PH = H + 2 * pad;
  const Index PW = W + 2 * pad;
  KERNEL_AS(max_pool, pad_image, x, padded, N, C, H, W, PH, PW, pad);
  KERNEL(max_pool, padded, y, N, C, PH, PW, OH, OW, kh, kw, stride);
}
