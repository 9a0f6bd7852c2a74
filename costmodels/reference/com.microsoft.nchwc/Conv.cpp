// ONNX Runtime com.microsoft.nchwc: the same arithmetic on blocked channels; here, on plain ones (the blocks reorder
// bytes only).
#include "../reference.hpp"
#include "../templates/activation.hpp"
#include "../templates/convolution.hpp"

void sum(Held Y, In Z, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = Y[i] + Z[i];
}

void run(In X, In W, In B, In Sum, Out Y, Held padded, Index batch, Index groups, Index C, Index M, Index H,
         Index width, Index OH, Index OW, Index kh, Index kw, Index stride, Index pad_h, Index pad_w, Index dilation,
         Index kind, real first, real second) {
  const Index PH = H + 2 * pad_h;
  const Index PW = width + 2 * pad_w;
  KERNEL_AS(conv, pad_image, X, padded, batch * groups * C, H, width, PH, PW, pad_h, pad_w);
  KERNEL(conv, padded, W, Y, batch, groups, C, M, PH, PW, OH, OW, kh, kw, stride, dilation);
  if (B) KERNEL(bias, Y, B, batch, groups * M, OH * OW);
  if (Sum) KERNEL(sum, Y, Sum, batch * groups * M * OH * OW);
  activate(Y, batch * groups * M * OH * OW, kind, first, second);
}
