// The mean of each window, padded images or not. No include guard: each operator's
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

void sums(Held padded, Held Y, Index channels, Index PH, Index PW, Index OH, Index OW, Index kh, Index kw, Index stride,
          Index dilation) {
  for (Index c = 0; c < channels; ++c) {
    for (Index y = 0; y < OH; ++y) {
      for (Index x = 0; x < OW; ++x) {
        real result = 0.0F;
        for (Index i = 0; i < kh; ++i) {
          for (Index j = 0; j < kw; ++j) {
            const real tap = padded[(c * PH + y * stride + i * dilation) * PW + x * stride + j * dilation];
            result += tap;
          }
        }
        Y[(c * OH + y) * OW + x] = result;
      }
    }
  }
}

/// Divides by the taps of each window: those in the border count only where `include_pad` says so.
void average(Held sums, Out Y, Index channels, Index H, Index W, Index OH, Index OW, Index kh, Index kw, Index stride,
             Index pad, bool include_pad) {
  for (Index c = 0; c < channels; ++c) {
    for (Index y = 0; y < OH; ++y) {
      for (Index x = 0; x < OW; ++x) {
        const Index top = include_pad || y * stride >= pad ? y * stride : pad;
        const Index left = include_pad || x * stride >= pad ? x * stride : pad;
        const Index bottom = include_pad || y * stride + kh <= H + pad ? y * stride + kh : H + pad;
        const Index right = include_pad || x * stride + kw <= W + pad ? x * stride + kw : W + pad;
        const Index at = (c * OH + y) * OW + x;
        Y[at] = sums[at] / real((bottom - top) * (right - left));
      }
    }
  }
}

void run(In X, Out Y, Held padded, Held totals, Index channels, Index H, Index W, Index OH, Index OW, Index kh,
         Index kw, Index stride, Index pad, bool include_pad) {
  const Index PH = H + 2 * pad;
  const Index PW = W + 2 * pad;
  KERNEL_AS(average_pool, pad_image, X, padded, channels, H, W, PH, PW, pad, pad);
  KERNEL_AS(average_pool, sums, padded, totals, channels, PH, PW, OH, OW, kh, kw, stride, 1);
  KERNEL_AS(average_pool, average, totals, Y, channels, H, W, OH, OW, kh, kw, stride, pad, include_pad);
}
