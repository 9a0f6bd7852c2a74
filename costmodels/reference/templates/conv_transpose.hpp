// Transposed convolution; pads are an attribute or an input. No include guard: each operator's
// namespace has its own copy.
#include "../reference.hpp"

/// Sums build up in a full image that no traffic counts; the crop of its border is what is written. Contributions to
/// the border are computed all the same.
void conv_transpose(In X, In W, Held full, Out Y, Index batch, Index groups, Index C, Index M, Index H, Index width,
                    Index OH, Index OW, Index kh, Index kw, Index stride, Index pad, Index FH, Index FW) {
  for (Index i = 0; i < batch * groups * M * FH * FW; ++i) full[i] = 0.0F;
  for (Index b = 0; b < batch; ++b) {
    for (Index g = 0; g < groups; ++g) {
      for (Index c = 0; c < C; ++c) {
        for (Index h = 0; h < H; ++h) {
          for (Index w = 0; w < width; ++w) {
            const real x = X[(((b * groups + g) * C + c) * H + h) * width + w];
            for (Index m = 0; m < M; ++m) {
              for (Index i = 0; i < kh; ++i) {
                for (Index j = 0; j < kw; ++j) {
                  const Index at = (((b * groups + g) * M + m) * FH + h * stride + i) * FW + w * stride + j;
                  full[at] = full[at] + x * W[(((g * C + c) * M + m) * kh + i) * kw + j];
                }
              }
            }
          }
        }
      }
    }
  }
  for (Index p = 0; p < batch * groups * M; ++p) {
    for (Index y = 0; y < OH; ++y) {
      for (Index x = 0; x < OW; ++x) Y[(p * OH + y) * OW + x] = full[(p * FH + y + pad) * FW + x + pad];
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
