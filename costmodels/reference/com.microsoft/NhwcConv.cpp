// Convolution in channels-last layout.
#include "../reference.hpp"

/// Taps in the padding are multiplied as zeros, as kernels do that run on a padded image.
void conv(In X, In W, Out Y, Index batch, Index groups, Index C, Index M, Index H, Index width, Index OH, Index OW,
          Index kh, Index kw, Index stride, Index pad_h, Index pad_w, Index dilation) {
  for (Index b = 0; b < batch; ++b) {
    for (Index g = 0; g < groups; ++g) {
      for (Index m = 0; m < M; ++m) {
        for (Index y = 0; y < OH; ++y) {
          for (Index x = 0; x < OW; ++x) {
            real sum = 0.0F;
            for (Index c = 0; c < C; ++c) {
              for (Index i = 0; i < kh; ++i) {
                for (Index j = 0; j < kw; ++j) {
                  const Index h = y * stride - pad_h + i * dilation;
                  const Index w = x * stride - pad_w + j * dilation;
                  const bool inside = h >= 0 && h < H && w >= 0 && w < width;
                  const real tap = inside ? X[(((b * H + h) * width + w) * groups + g) * C + c] : 0.0F;
                  sum += tap * W[(((g * M + m) * C + c) * kh + i) * kw + j];
                }
              }
            }
            Y[(((b * OH + y) * OW + x) * groups + g) * M + m] = sum;
          }
        }
      }
    }
  }
}

/// M channels in all.
void bias(Held Y, In B, Index batch, Index M, Index size) {
  for (Index b = 0; b < batch; ++b) {
    for (Index m = 0; m < M; ++m) {
      for (Index i = 0; i < size; ++i) Y[(b * size + i) * M + m] = Y[(b * size + i) * M + m] + B[m];
    }
  }
}

void run(In X, In W, In B, Out Y, Index batch, Index groups, Index C, Index M, Index H, Index width, Index OH, Index OW,
         Index kh, Index kw, Index stride, Index pad_h, Index pad_w, Index dilation) {
  KERNEL(conv, X, W, Y, batch, groups, C, M, H, width, OH, OW, kh, kw, stride, pad_h, pad_w, dilation);
  if (B) KERNEL(bias, Y, B, batch, groups * M, OH * OW);
}
