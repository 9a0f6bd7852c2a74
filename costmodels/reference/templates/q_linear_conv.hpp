// QLinearConv, which ONNX Runtime has under its own name too. No include guard: each
// operator's namespace has its own copy.
#include "../reference.hpp"

/// Bytes to registers, behind their zero point: sums[0] is that, then the elements.
void load(InCodes codes, InCodes zero_point, HeldSums sums, Index n) {
  sums[0] = integer(zero_point[0]);
  for (Index i = 0; i < n; ++i) sums[i + 1] = integer(codes[i]);
}

void shift(HeldSums sums, Index n) {
  for (Index i = 0; i < n; ++i) sums[i + 1] = integer(sums[i + 1]) - integer(sums[0]);
}

/// The image without its zero point, with a border of zeros.
void pad_image(HeldSums x, HeldSums padded, Index planes, Index H, Index W, Index PH, Index PW, Index pad) {
  for (Index i = 0; i < planes * PH * PW; ++i) padded[i] = 0;
  for (Index p = 0; p < planes; ++p) {
    for (Index h = 0; h < H; ++h) {
      for (Index w = 0; w < W; ++w) padded[(p * PH + h + pad) * PW + w + pad] = integer(x[(p * H + h) * W + w + 1]);
    }
  }
}

/// Taps in the border are multiplied like all others.
void conv(HeldSums padded, HeldSums w, HeldSums y, Index batch, Index C, Index M, Index PH, Index PW, Index OH,
          Index OW, Index kh, Index kw) {
  for (Index b = 0; b < batch; ++b) {
    for (Index m = 0; m < M; ++m) {
      for (Index i = 0; i < OH; ++i) {
        for (Index j = 0; j < OW; ++j) {
          integer sum = 0;
          for (Index c = 0; c < C; ++c) {
            for (Index u = 0; u < kh; ++u) {
              for (Index v = 0; v < kw; ++v) {
                sum += integer(padded[((b * C + c) * PH + i + u) * PW + j + v]) *
                       integer(w[((m * C + c) * kh + u) * kw + v + 1]);
              }
            }
          }
          y[((b * M + m) * OH + i) * OW + j] = sum;
        }
      }
    }
  }
}

void bias(HeldSums y, InSums B, Index batch, Index M, Index size) {
  for (Index b = 0; b < batch; ++b) {
    for (Index m = 0; m < M; ++m) {
      for (Index i = 0; i < size; ++i) {
        y[(b * M + m) * size + i] = integer(y[(b * M + m) * size + i]) + integer(B[m]);
      }
    }
  }
}

/// The combined scale is one number for all results.
void requantize(HeldSums sums, In a_scale, In b_scale, In y_scale, InCodes y_zero_point, Index n) {
  const real combined = a_scale[0] * b_scale[0] / y_scale[0];
  const integer zero_point = integer(y_zero_point[0]);
  for (Index i = 0; i < n; ++i) {
    const integer rounded = integer(nearbyint(combined * real(integer(sums[i]))));
    sums[i] = smaller_of(greater_of(rounded + zero_point, 0), 255);
  }
}

/// The results leave as bytes.
void store(HeldSums sums, OutCodes y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] = code(integer(sums[i]));
}
