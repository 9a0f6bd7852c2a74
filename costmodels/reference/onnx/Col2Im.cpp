// Adds overlapping blocks up into an image.
#include "../reference.hpp"

/// Sums build up in the image, which stays in cache and is written once.
void col2im(In blocks, Held image, Out output, Index N, Index C, Index H, Index W, Index kh, Index kw) {
  const Index OH = H - kh + 1;
  const Index OW = W - kw + 1;
  for (Index i = 0; i < N * C * H * W; ++i) image[i] = 0.0F;
  for (Index p = 0; p < N * C; ++p) {
    for (Index i = 0; i < kh; ++i) {
      for (Index j = 0; j < kw; ++j) {
        for (Index y = 0; y < OH; ++y) {
          for (Index x = 0; x < OW; ++x) {
            const Index at = (p * H + y + i) * W + x + j;
            image[at] = image[at] + blocks[(((p * kh + i) * kw + j) * OH + y) * OW + x];
          }
        }
      }
    }
  }
  for (Index i = 0; i < N * C * H * W; ++i) output[i] = image[i];
}

void run(In blocks, Held image, Out output, Index N, Index C, Index H, Index W, Index kh, Index kw) {
  KERNEL(col2im, blocks, image, output, N, C, H, W, kh, kw);
}
