// Convolution of quantised operands into a quantised result.
#include "../reference.hpp"
#include "../templates/q_linear_conv.hpp"

void run(InCodes x, In x_scale, InCodes x_zero_point, InCodes w, In w_scale, InCodes w_zero_point, In y_scale,
         InCodes y_zero_point, InSums B, OutCodes y, HeldSums image, HeldSums padded, HeldSums weights, HeldSums sums,
         Index batch, Index C, Index M, Index H, Index W, Index OH, Index OW, Index kh, Index kw, Index pad) {
  KERNEL_AS(conv, load, x, x_zero_point, image, batch * C * H * W);
  KERNEL_AS(conv, load, w, w_zero_point, weights, M * C * kh * kw);
  KERNEL_AS(zero_points, shift, image, batch * C * H * W);
  KERNEL_AS(zero_points, shift, weights, M * C * kh * kw);
  const Index PH = H + 2 * pad;
  const Index PW = W + 2 * pad;
  KERNEL_AS(conv, pad_image, image, padded, batch * C, H, W, PH, PW, pad);
  KERNEL(conv, padded, weights, sums, batch, C, M, PH, PW, OH, OW, kh, kw);
  if (B) KERNEL(bias, sums, B, batch, M, OH * OW);
  KERNEL(requantize, sums, x_scale, w_scale, y_scale, y_zero_point, batch * M * OH * OW);
  KERNEL_AS(conv, store, sums, y, batch * M * OH * OW);
}
