// Bilinear samples of each cell of each region, pooled.
#include "../reference.hpp"

/// Bilinear samples of each cell, averaged; positions and weights serve all channels.
void sample(In X, In rois, InIndices batch_indices, Out Y, Index regions, Index C, Index H, Index W, Index OH, Index OW,
            Index ratio, real spatial_scale) {
  for (Index r = 0; r < regions; ++r) {
    const Index n = batch_indices[r];
    const real left = rois[r * 4] * spatial_scale;
    const real top = rois[r * 4 + 1] * spatial_scale;
    const real cell_w = (rois[r * 4 + 2] * spatial_scale - left) / real(OW);
    const real cell_h = (rois[r * 4 + 3] * spatial_scale - top) / real(OH);
    for (Index i = 0; i < OH; ++i) {
      for (Index j = 0; j < OW; ++j) {
        for (Index c = 0; c < C; ++c) {
          real sum = 0.0F;
          for (Index u = 0; u < ratio; ++u) {
            for (Index v = 0; v < ratio; ++v) {
              const real y = top + cell_h * (real(i) + (real(u) + 0.5F) / real(ratio)) - 0.5F;
              const real x = left + cell_w * (real(j) + (real(v) + 0.5F) / real(ratio)) - 0.5F;
              const Index row = Index(floor(y));
              const Index column = Index(floor(x));
              const real down = y - real(row);
              const real across = x - real(column);
              real value = 0.0F;
              value += (1.0F - down) * (1.0F - across) * X[((n * C + c) * H + row) * W + column];
              value += (1.0F - down) * across * X[((n * C + c) * H + row) * W + column + 1];
              value += down * (1.0F - across) * X[((n * C + c) * H + row + 1) * W + column];
              value += down * across * X[((n * C + c) * H + row + 1) * W + column + 1];
              sum += value;
            }
          }
          Y[((r * C + c) * OH + i) * OW + j] = sum / real(ratio * ratio);
        }
      }
    }
  }
}

void run(In X, In rois, InIndices batch_indices, Out Y, Index regions, Index C, Index H, Index W, Index OH, Index OW,
         Index ratio, real spatial_scale) {
  KERNEL(sample, X, rois, batch_indices, Y, regions, C, H, W, OH, OW, ratio, spatial_scale);
}
