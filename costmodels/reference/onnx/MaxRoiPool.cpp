// Maximum of each cell of each region.
#include "../reference.hpp"

/// Regions in whole pixels; the cells of a region overlap where it does not divide evenly.
void max_roi_pool(In X, In rois, Out Y, Index regions, Index C, Index H, Index W, Index PH, Index PW) {
  for (Index r = 0; r < regions; ++r) {
    const Index n = Index(rois[r * 5]);
    const Index left = Index(rois[r * 5 + 1]);
    const Index top = Index(rois[r * 5 + 2]);
    const Index width = Index(rois[r * 5 + 3]) - left + 1;
    const Index height = Index(rois[r * 5 + 4]) - top + 1;
    for (Index c = 0; c < C; ++c) {
      for (Index i = 0; i < PH; ++i) {
        for (Index j = 0; j < PW; ++j) {
          const Index from = top + i * height / PH;
          const Index to = top + ((i + 1) * height + PH - 1) / PH;
          const Index first = left + j * width / PW;
          const Index last = left + ((j + 1) * width + PW - 1) / PW;
          real best = lowest;
          for (Index h = from; h < to; ++h) {
            for (Index w = first; w < last; ++w) best = fmax(best, X[((n * C + c) * H + h) * W + w]);
          }
          Y[((r * C + c) * PH + i) * PW + j] = best;
        }
      }
    }
  }
}

void run(In X, In rois, Out Y, Index regions, Index C, Index H, Index W, Index PH, Index PW) {
  KERNEL(max_roi_pool, X, rois, Y, regions, C, H, W, PH, PW);
}
