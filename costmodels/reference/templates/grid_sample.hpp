// GridSample, which ONNX Runtime had before ONNX did. No include guard: each
// operator's namespace has its own copy.
#include "../reference.hpp"

/// From [-1, 1] to pixels: a scale and a shift for each axis.
void positions(In grid, Out pixels, Index n, real scale_x, real shift_x, real scale_y, real shift_y) {
  for (Index i = 0; i < n; ++i) {
    pixels[2 * i] = grid[2 * i] * scale_x + shift_x;
    pixels[2 * i + 1] = grid[2 * i + 1] * scale_y + shift_y;
  }
}

/// Bilinear; neighbours outside the image are multiplied as zeros. The weights of a position serve all channels.
void sample(In X, In pixels, Out Y, Index N, Index C, Index H, Index W, Index OH, Index OW) {
  for (Index n = 0; n < N; ++n) {
    for (Index p = 0; p < OH * OW; ++p) {
      const real x = pixels[(n * OH * OW + p) * 2];
      const real y = pixels[(n * OH * OW + p) * 2 + 1];
      const real left = floor(x);
      const real top = floor(y);
      const real across = x - left;
      const real down = y - top;
      const real rest_across = 1.0F - across;
      const real rest_down = 1.0F - down;
      const Index column = Index(left);
      const Index row = Index(top);
      for (Index c = 0; c < C; ++c) {
        real sum = 0.0F;
        for (Index i = 0; i < 2; ++i) {
          for (Index j = 0; j < 2; ++j) {
            const Index h = row + i;
            const Index w = column + j;
            const bool inside = h >= 0 && h < H && w >= 0 && w < W;
            const real tap = inside ? X[((n * C + c) * H + h) * W + w] : 0.0F;
            const real weight = (i == 0 ? rest_down : down) * (j == 0 ? rest_across : across);
            sum += weight * tap;
          }
        }
        Y[(n * C + c) * OH * OW + p] = sum;
      }
    }
  }
}
