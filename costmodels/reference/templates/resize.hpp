// Resampling, as Resize and the older Upsample do it. No include guard: each
// operator's namespace has its own copy.
#include "../reference.hpp"

/// Bilinear over the last two axes; `shift` is half a pixel, or none. Four taps for each result.
void linear(In X, Out Y, Index channels, Index H, Index W, Index OH, Index OW, real ratio_y, real ratio_x, real shift) {
  for (Index i = 0; i < OH; ++i) {
    const real y = fmax((real(i) + shift) * ratio_y - shift, 0.0F);
    const real top = floor(y);
    const real down = y - top;
    const real rest_down = 1.0F - down;
    const Index row = Index(top) < H - 1 ? Index(top) : H - 1;
    const Index below = row < H - 1 ? row + 1 : row;
    for (Index j = 0; j < OW; ++j) {
      const real x = fmax((real(j) + shift) * ratio_x - shift, 0.0F);
      const real left = floor(x);
      const real across = x - left;
      const real rest_across = 1.0F - across;
      const Index column = Index(left) < W - 1 ? Index(left) : W - 1;
      const Index right = column < W - 1 ? column + 1 : column;
      const real w00 = rest_down * rest_across;
      const real w01 = rest_down * across;
      const real w10 = down * rest_across;
      const real w11 = down * across;
      for (Index c = 0; c < channels; ++c) {
        real sum = 0.0F;
        sum += w00 * X[(c * H + row) * W + column];
        sum += w01 * X[(c * H + row) * W + right];
        sum += w10 * X[(c * H + below) * W + column];
        sum += w11 * X[(c * H + below) * W + right];
        Y[(c * OH + i) * OW + j] = sum;
      }
    }
  }
}

/// The element at or before the position, which is a plain ratio.
void nearest(In X, Out Y, Index channels, Index H, Index W, Index OH, Index OW) {
  for (Index c = 0; c < channels; ++c) {
    for (Index i = 0; i < OH; ++i) {
      for (Index j = 0; j < OW; ++j) Y[(c * OH + i) * OW + j] = X[(c * H + i * H / OH) * W + j * W / OW];
    }
  }
}
