// Convolution of any rank over images with a border, and its bias. No include guard: each operator's
// namespace has its own copy.
#include "../reference.hpp"

/// The image with a border of zeros, in registers: planes of H x width become PH x PW.
void pad_image(In X, Held padded, Index planes, Index H, Index width, Index PH, Index PW, Index pad_h, Index pad_w) {
  for (Index i = 0; i < planes * PH * PW; ++i) padded[i] = 0.0F;
  for (Index p = 0; p < planes; ++p) {
    for (Index h = 0; h < H; ++h) {
      for (Index w = 0; w < width; ++w) padded[(p * PH + h + pad_h) * PW + w + pad_w] = X[(p * H + h) * width + w];
    }
  }
}

/// Taps in the border are multiplied like all others.
void conv(Held padded, In W, Out Y, Index batch, Index groups, Index C, Index M, Index PH, Index PW, Index OH, Index OW,
          Index kh, Index kw, Index stride, Index dilation) {
  for (Index b = 0; b < batch; ++b) {
    for (Index g = 0; g < groups; ++g) {
      for (Index m = 0; m < M; ++m) {
        for (Index y = 0; y < OH; ++y) {
          for (Index x = 0; x < OW; ++x) {
            real sum = 0.0F;
            for (Index c = 0; c < C; ++c) {
              for (Index i = 0; i < kh; ++i) {
                for (Index j = 0; j < kw; ++j) {
                  const Index h = y * stride + i * dilation;
                  const Index w = x * stride + j * dilation;
                  sum += padded[(((b * groups + g) * C + c) * PH + h) * PW + w] *
                         W[(((g * M + m) * C + c) * kh + i) * kw + j];
                }
              }
            }
            Y[(((b * groups + g) * M + m) * OH + y) * OW + x] = sum;
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
      for (Index i = 0; i < size; ++i) Y[(b * M + m) * size + i] = Y[(b * M + m) * size + i] + B[m];
    }
  }
}
