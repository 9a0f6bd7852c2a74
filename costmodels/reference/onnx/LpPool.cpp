// p-norm of each window.
#include "../reference.hpp"

/// The image with a border of zeros, in registers: planes of H x width become PH x PW.
void pad_image(In X, Held padded, Index planes, Index H, Index width, Index PH, Index PW, Index pad_h, Index pad_w) {
  for (Index i = 0; i < planes * PH * PW; ++i) padded[i] = 0.0F;
  for (Index p = 0; p < planes; ++p) {
    for (Index h = 0; h < H; ++h) {
      for (Index w = 0; w < width; ++w) padded[(p * PH + h + pad_h) * PW + w + pad_w] = X[(p * H + h) * width + w];
    }
  }
}

void lp_pool(Held padded, Out Y, Index channels, Index PH, Index PW, Index OH, Index OW, Index kh, Index kw,
             Index stride, Index dilation) {
  for (Index c = 0; c < channels; ++c) {
    for (Index y = 0; y < OH; ++y) {
      for (Index x = 0; x < OW; ++x) {
        real result = 0.0F;
        for (Index i = 0; i < kh; ++i) {
          for (Index j = 0; j < kw; ++j) {
            const real tap = padded[(c * PH + y * stride + i * dilation) * PW + x * stride + j * dilation];
            result += tap * tap;
          }
        }
        Y[(c * OH + y) * OW + x] = sqrt(result);
      }
    }
  }
}

void lp_pool_absolute(Held padded, Out Y, Index channels, Index PH, Index PW, Index OH, Index OW, Index kh, Index kw,
                      Index stride, Index dilation) {
  for (Index c = 0; c < channels; ++c) {
    for (Index y = 0; y < OH; ++y) {
      for (Index x = 0; x < OW; ++x) {
        real result = 0.0F;
        for (Index i = 0; i < kh; ++i) {
          for (Index j = 0; j < kw; ++j) {
            const real tap = padded[(c * PH + y * stride + i * dilation) * PW + x * stride + j * dilation];
            result += fabs(tap);
          }
        }
        Y[(c * OH + y) * OW + x] = result;
      }
    }
  }
}

void lp_pool_power(Held padded, Out Y, Index channels, Index PH, Index PW, Index OH, Index OW, Index kh, Index kw,
                   Index stride, Index dilation, real p, real inverse_p) {
  for (Index c = 0; c < channels; ++c) {
    for (Index y = 0; y < OH; ++y) {
      for (Index x = 0; x < OW; ++x) {
        real result = 0.0F;
        for (Index i = 0; i < kh; ++i) {
          for (Index j = 0; j < kw; ++j) {
            const real tap = padded[(c * PH + y * stride + i * dilation) * PW + x * stride + j * dilation];
            result += pow(fabs(tap), p);
          }
        }
        Y[(c * OH + y) * OW + x] = pow(result, inverse_p);
      }
    }
  }
}

void run(In X, Out Y, Held padded, Index channels, Index H, Index W, Index OH, Index OW, Index kh, Index kw,
         Index stride, Index pad, Index p, real inverse_p) {
  const Index PH = H + 2 * pad;
  const Index PW = W + 2 * pad;
  KERNEL_AS(lp_pool, pad_image, X, padded, channels, H, W, PH, PW, pad, pad);
  if (p == 1) {
    KERNEL_AS(lp_pool, lp_pool_absolute, padded, Y, channels, PH, PW, OH, OW, kh, kw, stride, 1);
  } else if (p == 2) {
    KERNEL(lp_pool, padded, Y, channels, PH, PW, OH, OW, kh, kw, stride, 1);
  } else {
    KERNEL_AS(lp_pool, lp_pool_power, padded, Y, channels, PH, PW, OH, OW, kh, kw, stride, 1, real(p), inverse_p);
  }
}
