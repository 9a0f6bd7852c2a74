// Maximum of each window, masked elements left out.
#include "../reference.hpp"

/// The image with a border of the lowest number, in registers; masked elements are the lowest number too. The mask
/// serves all planes.
void pad_image(In X, InIndices32 M, Held padded, Index planes, Index mask_planes, Index H, Index W, Index PH, Index PW,
               Index pad) {
  for (Index i = 0; i < planes * PH * PW; ++i) padded[i] = lowest;
  for (Index p = 0; p < planes; ++p) {
    for (Index h = 0; h < H; ++h) {
      for (Index w = 0; w < W; ++w) {
        const real x = X[(p * H + h) * W + w];
        const bool masked = M[(p % mask_planes * H + h) * W + w] == 0;
        padded[(p * PH + h + pad) * PW + w + pad] = masked ? real(lowest) : x;
      }
    }
  }
}

void max_pool(Held padded, Out Y, Index planes, Index PH, Index PW, Index OH, Index OW, Index kh, Index kw,
              Index stride) {
  for (Index p = 0; p < planes; ++p) {
    for (Index y = 0; y < OH; ++y) {
      for (Index x = 0; x < OW; ++x) {
        real best = lowest;
        for (Index i = 0; i < kh; ++i) {
          for (Index j = 0; j < kw; ++j) best = fmax(best, padded[(p * PH + y * stride + i) * PW + x * stride + j]);
        }
        Y[(p * OH + y) * OW + x] = best;
      }
    }
  }
}

void run(In X, InIndices32 M, Out Y, Held padded, Index planes, Index mask_planes, Index H, Index W, Index OH, Index OW,
         Index kh, Index kw, Index stride, Index pad) {
  const Index PH = H + 2 * pad;
  const Index PW = W + 2 * pad;
  KERNEL_AS(max_pool, pad_image, X, M, padded, planes, mask_planes, H, W, PH, PW, pad);
  KERNEL(max_pool, padded, Y, planes, PH, PW, OH, OW, kh, kw, stride);
}
