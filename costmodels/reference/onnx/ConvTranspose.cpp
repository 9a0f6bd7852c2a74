// Transposed convolution: each input element adds a weighted window to the output.
#include "../reference.hpp"
#include "../templates/conv_transpose.hpp"

void run(In X, In W, In B, Held full, Out Y, Index batch, Index groups, Index C, Index M, Index H, Index width,
         Index OH, Index OW, Index kh, Index kw, Index stride, Index pad, Index FH, Index FW) {
  KERNEL(conv_transpose, X, W, full, Y, batch, groups, C, M, H, width, OH, OW, kh, kw, stride, pad, FH, FW);
  if (B) KERNEL(bias, Y, B, batch, groups * M, OH * OW);
}
