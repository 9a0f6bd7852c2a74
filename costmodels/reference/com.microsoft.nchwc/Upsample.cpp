// ONNX Runtime com.microsoft.nchwc: the same arithmetic on blocked channels; here, on plain ones (the blocks reorder
// bytes only).
#include "../reference.hpp"
#include "../templates/resize.hpp"

void run(In X, Out Y, Index channels, Index H, Index W, Index OH, Index OW, bool interpolates, real ratio_y,
         real ratio_x, real shift) {
  if (interpolates) {
    KERNEL_AS(resize, linear, X, Y, channels, H, W, OH, OW, ratio_y, ratio_x, shift);
  } else {
    KERNEL_AS(resize, nearest, X, Y, channels, H, W, OH, OW);
  }
}
