// Convolution in channels-last layout.
#include "../reference.hpp"
#include "../templates/conv_nhwc.hpp"

void run(In X, In W, In B, Out Y, Held padded, Index batch, Index groups, Index C, Index M, Index H, Index width,
         Index OH, Index OW, Index kh, Index kw, Index stride, Index pad_h, Index pad_w, Index dilation) {
  const Index PH = H + 2 * pad_h;
  const Index PW = width + 2 * pad_w;
  KERNEL_AS(conv, pad_image, X, padded, batch, groups * C, H, width, PH, PW, pad_h, pad_w);
  KERNEL(conv, padded, W, Y, batch, groups, C, M, PH, PW, OH, OW, kh, kw, stride, dilation);
  if (B) KERNEL(bias, Y, B, batch, groups * M, OH * OW);
}
