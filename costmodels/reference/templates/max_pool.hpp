// The maximum of each window. No include guard: each operator's
// namespace has its own copy.
#include "../reference.hpp"

/// The image with a border of the lowest number, in registers: planes of H x width become PH x PW.
void pad_image(In X, Held padded, Index planes, Index H, Index width, Index PH, Index PW, Index pad_h, Index pad_w) {
  for (Index i = 0; i < planes * PH * PW; ++i) padded[i] = lowest;
  for (Index p = 0; p < planes; ++p) {
    for (Index h = 0; h < H; ++h) {
      for (Index w = 0; w < width; ++w) padded[(p * PH + h + pad_h) * PW + w + pad_w] = X[(p * H + h) * width + w];
    }
  }
}

void max_pool(Held padded, Out Y, Index channels, Index PH, Index PW, Index OH, Index OW, Index kh, Index kw,
              Index stride, Index dilation) {
  for (Index c = 0; c < channels; ++c) {
    for (Index y = 0; y < OH; ++y) {
      for (Index x = 0; x < OW; ++x) {
        real result = lowest;
        for (Index i = 0; i < kh; ++i) {
          for (Index j = 0; j < kw; ++j) {
            const real tap = padded[(c * PH + y * stride + i * dilation) * PW + x * stride + j * dilation];
            result = fmax(result, tap);
          }
        }
        Y[(c * OH + y) * OW + x] = result;
      }
    }
  }
}
