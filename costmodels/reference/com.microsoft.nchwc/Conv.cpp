// ONNX Runtime com.microsoft.nchwc: the same arithmetic on blocked channels; here, on plain ones (the blocks reorder
// bytes only).
#include "../reference.hpp"
#include "../templates/activation.hpp"

/// Taps in the padding are multiplied as zeros, as kernels do that run on a padded image.
void conv(In X, In W, Out Y, Index batch, Index groups, Index C, Index M, Index H, Index width, Index OH, Index OW,
          Index kh, Index kw, Index stride, Index pad_h, Index pad_w, Index dilation) {
  for (Index b = 0; b < batch; ++b) {
    for (Index g = 0; g < groups; ++g) {
      for (Index m = 0; m < M; ++m) {
        for (Index y = 0; y < OH; ++y) {
          for (Index x = 0; x < OW; ++x) {
            real sum = 0.0F;
            for (Index c = 0; c < C; ++c) {
              for (Index i = 0; i < kh; ++i) {
                for (Index j = 0; j < kw; ++j) {
                  const Index h = y * stride - pad_h + i * dilation;
                  const Index w = x * stride - pad_w + j * dilation;
                  const bool inside = h >= 0 && h < H && w >= 0 && w < width;
                  const real tap = inside ? X[(((b * groups + g) * C + c) * H + h) * width + w] : 0.0F;
                  sum += tap * W[(((g * M + m) * C + c) * kh + i) * kw + j];
                }
              }
            }
            Y[(((b * groups + g) * M + m) * OH + y) * OW + x] = sum;
          }
        }
      }
    }
  }
}

/// M channels in all.
void bias(Held Y, In B, Index batch, Index M, Index size) {
  for (Index b = 0; b < batch; ++b) {
    for (Index m = 0; m < M; ++m) {
      for (Index i = 0; i < size; ++i) Y[(b * M + m) * size + i] = Y[(b * M + m) * size + i] + B[m];
    }
  }
}

void sum(Held Y, In Sum, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = Y[i] + Sum[i];
}

void run(In X, In W, In B, In Sum, Out Y, Index batch, Index groups, Index C, Index M, Index H, Index width, Index OH,
         Index OW, Index kh, Index kw, Index stride, Index pad_h, Index pad_w, Index dilation, Index kind, real first,
         real second) {
  KERNEL(conv, X, W, Y, batch, groups, C, M, H, width, OH, OW, kh, kw, stride, pad_h, pad_w, dilation);
  if (B) KERNEL(bias, Y, B, batch, groups * M, OH * OW);
  if (Sum) KERNEL(sum, Y, Sum, batch * groups * M * OH * OW);
  activate(Y, batch * groups * M * OH * OW, kind, first, second);
}
