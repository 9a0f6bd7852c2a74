// Convolution whose taps are shifted by learned offsets and optionally weighted by a mask.
#include "../reference.hpp"

/// Bilinear samples of every tap at its shifted place, each weighted by its mask.
void sample(In X, In offset, In mask, Out samples, Index batch, Index C, Index H, Index W, Index OH, Index OW, Index kh,
            Index kw, Index pad) {
  for (Index b = 0; b < batch; ++b) {
    for (Index c = 0; c < C; ++c) {
      for (Index k = 0; k < kh * kw; ++k) {
        for (Index p = 0; p < OH * OW; ++p) {
          const Index shift = (b * 2 * kh * kw + 2 * k) * OH * OW + p;
          const real y = real(p / OW - pad + k / kw) + offset[shift];
          const real x = real(p % OW - pad + k % kw) + offset[shift + OH * OW];
          const real top = floor(y);
          const real left = floor(x);
          const real down = y - top;
          const real across = x - left;
          const real rest_down = 1.0F - down;
          const real rest_across = 1.0F - across;
          real value = 0.0F;
          for (Index i = 0; i < 2; ++i) {
            for (Index j = 0; j < 2; ++j) {
              const Index h = Index(top) + i;
              const Index w = Index(left) + j;
              const bool inside = h >= 0 && h < H && w >= 0 && w < W;
              const real tap = inside ? X[((b * C + c) * H + h) * W + w] : 0.0F;
              const real weight = (i == 0 ? rest_down : down) * (j == 0 ? rest_across : across);
              value += weight * tap;
            }
          }
          samples[((b * C + c) * kh * kw + k) * OH * OW + p] = value * mask[(b * kh * kw + k) * OH * OW + p];
        }
      }
    }
  }
}

void conv(In samples, In W, Out Y, Index batch, Index C, Index M, Index taps, Index positions) {
  for (Index b = 0; b < batch; ++b) {
    for (Index m = 0; m < M; ++m) {
      for (Index p = 0; p < positions; ++p) {
        real sum = 0.0F;
        for (Index c = 0; c < C; ++c) {
          for (Index k = 0; k < taps; ++k) {
            sum += samples[((b * C + c) * taps + k) * positions + p] * W[(m * C + c) * taps + k];
          }
        }
        Y[(b * M + m) * positions + p] = sum;
      }
    }
  }
}

void bias(Held Y, In B, Index batch, Index M, Index size) {
  for (Index b = 0; b < batch; ++b) {
    for (Index m = 0; m < M; ++m) {
      for (Index i = 0; i < size; ++i) Y[(b * M + m) * size + i] = Y[(b * M + m) * size + i] + B[m];
    }
  }
}

void run(In X, In W, In offset, In B, In mask, Out Y, Out samples, Index batch, Index C, Index M, Index H, Index width,
         Index OH, Index OW, Index kh, Index kw, Index pad) {
  KERNEL(sample, X, offset, mask, samples, batch, C, H, width, OH, OW, kh, kw, pad);
  KERNEL(conv, samples, W, Y, batch, C, M, kh * kw, OH * OW);
  if (B) KERNEL(bias, Y, B, batch, M, OH * OW);
}
