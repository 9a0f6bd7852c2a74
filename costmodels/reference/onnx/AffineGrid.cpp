// Sampling positions of an affine map of the image.
#include "../reference.hpp"

/// Centres of the pixels of an H x W image in [-1, 1], mapped by a 2 x 3 matrix for each image.
void affine(In theta, In across, In down, Out grid, Index N, Index H, Index W) {
  for (Index n = 0; n < N; ++n) {
    for (Index y = 0; y < H; ++y) {
      for (Index x = 0; x < W; ++x) {
        for (Index c = 0; c < 2; ++c) {
          real sum = 0.0F;
          sum += theta[(n * 2 + c) * 3] * across[x];
          sum += theta[(n * 2 + c) * 3 + 1] * down[y];
          sum += theta[(n * 2 + c) * 3 + 2] * 1.0F;
          grid[((n * H + y) * W + x) * 2 + c] = sum;
        }
      }
    }
  }
}

void run(In theta, In across, In down, Out grid, Index N, Index H, Index W) {
  KERNEL(affine, theta, across, down, grid, N, H, W);
}
