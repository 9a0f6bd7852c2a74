// Resamples regions of an image to one size, corners aligned.
#include "../reference.hpp"

/// A region is [y1, x1, y2, x2] in parts of the image; results outside of the image are `outside`.
void sample(In X, In rois, InIndices32 batch_indices, InIndices32 crop_size, Out Y, Index regions, Index C, Index H,
            Index W, Index OH, Index OW, real outside) {
  for (Index r = 0; r < regions; ++r) {
    const Index image = batch_indices[r];
    const real top = rois[4 * r] * real(H - 1);
    const real left = rois[4 * r + 1] * real(W - 1);
    const real step_y = (rois[4 * r + 2] - rois[4 * r]) * real(H - 1) / real(crop_size[0] - 1);
    const real step_x = (rois[4 * r + 3] - rois[4 * r + 1]) * real(W - 1) / real(crop_size[1] - 1);
    for (Index y = 0; y < OH; ++y) {
      const real in_y = top + real(y) * step_y;
      const real low_y = floor(in_y);
      const real part_y = in_y - low_y;
      const Index y0 = Index(low_y);
      const Index y1 = y0 + 1 < H ? y0 + 1 : y0;
      for (Index x = 0; x < OW; ++x) {
        const real in_x = left + real(x) * step_x;
        const real low_x = floor(in_x);
        const real part_x = in_x - low_x;
        const Index x0 = Index(low_x);
        const Index x1 = x0 + 1 < W ? x0 + 1 : x0;
        const bool inside = y0 >= 0 && y0 < H && x0 >= 0 && x0 < W;
        const real a = (1.0F - part_y) * (1.0F - part_x);
        const real b = (1.0F - part_y) * part_x;
        const real c = part_y * (1.0F - part_x);
        const real d = part_y * part_x;
        for (Index p = 0; p < C; ++p) {
          const Index plane = (image * C + p) * H;
          real sum = outside;
          if (inside) {
            sum = 0.0F;
            sum += a * X[(plane + y0) * W + x0];
            sum += b * X[(plane + y0) * W + x1];
            sum += c * X[(plane + y1) * W + x0];
            sum += d * X[(plane + y1) * W + x1];
          }
          Y[((r * C + p) * OH + y) * OW + x] = sum;
        }
      }
    }
  }
}

void run(In X, In rois, InIndices32 batch_indices, InIndices32 crop_size, Out Y, Index regions, Index C, Index H,
         Index W, Index OH, Index OW, real outside) {
  KERNEL(sample, X, rois, batch_indices, crop_size, Y, regions, C, H, W, OH, OW, outside);
}
