// ONNX Runtime com.microsoft.nchwc: the same arithmetic on blocked channels; here, on plain ones (the blocks reorder
// bytes only).
#include "../reference.hpp"
#include "../templates/max_pool.hpp"

void run(In X, Out Y, Held padded, Index channels, Index H, Index W, Index OH, Index OW, Index kh, Index kw,
         Index stride, Index pad, Index dilation) {
  const Index PH = H + 2 * pad;
  const Index PW = W + 2 * pad;
  KERNEL_AS(max_pool, pad_image, X, padded, channels, H, W, PH, PW, pad, pad);
  KERNEL(max_pool, padded, Y, channels, PH, PW, OH, OW, kh, kw, stride, dilation);
}
