// p-norm of each window.
#include "../reference.hpp"

void lp_pool(In X, Out Y, Index channels, Index H, Index W, Index OH, Index OW, Index kh, Index kw, Index stride,
             Index pad) {
  for (Index c = 0; c < channels; ++c) {
    for (Index y = 0; y < OH; ++y) {
      for (Index x = 0; x < OW; ++x) {
        real sum = 0.0F;
        for (Index i = 0; i < kh; ++i) {
          for (Index j = 0; j < kw; ++j) {
            const Index h = y * stride - pad + i;
            const Index w = x * stride - pad + j;
            const real tap = h >= 0 && h < H && w >= 0 && w < W ? X[(c * H + h) * W + w] : 0.0F;
            sum += tap * tap;
          }
        }
        Y[(c * OH + y) * OW + x] = sqrt(sum);
      }
    }
  }
}

void lp_pool_absolute(In X, Out Y, Index channels, Index H, Index W, Index OH, Index OW, Index kh, Index kw,
                      Index stride, Index pad) {
  for (Index c = 0; c < channels; ++c) {
    for (Index y = 0; y < OH; ++y) {
      for (Index x = 0; x < OW; ++x) {
        real sum = 0.0F;
        for (Index i = 0; i < kh; ++i) {
          for (Index j = 0; j < kw; ++j) {
            const Index h = y * stride - pad + i;
            const Index w = x * stride - pad + j;
            const real tap = h >= 0 && h < H && w >= 0 && w < W ? X[(c * H + h) * W + w] : 0.0F;
            sum += fabs(tap);
          }
        }
        Y[(c * OH + y) * OW + x] = sum;
      }
    }
  }
}

void lp_pool_power(In X, Out Y, Index channels, Index H, Index W, Index OH, Index OW, Index kh, Index kw, Index stride,
                   Index pad, real p, real inverse_p) {
  for (Index c = 0; c < channels; ++c) {
    for (Index y = 0; y < OH; ++y) {
      for (Index x = 0; x < OW; ++x) {
        real sum = 0.0F;
        for (Index i = 0; i < kh; ++i) {
          for (Index j = 0; j < kw; ++j) {
            const Index h = y * stride - pad + i;
            const Index w = x * stride - pad + j;
            const real tap = h >= 0 && h < H && w >= 0 && w < W ? X[(c * H + h) * W + w] : 0.0F;
            sum += pow(fabs(tap), p);
          }
        }
        Y[(c * OH + y) * OW + x] = pow(sum, inverse_p);
      }
    }
  }
}

void run(In X, Out Y, Index channels, Index H, Index W, Index OH, Index OW, Index kh, Index kw, Index stride, Index pad,
         Index p, real inverse_p) {
  if (p == 1) {
    KERNEL_AS(lp_pool, lp_pool_absolute, X, Y, channels, H, W, OH, OW, kh, kw, stride, pad);
  } else if (p == 2) {
    KERNEL(lp_pool, X, Y, channels, H, W, OH, OW, kh, kw, stride, pad);
  } else {
    KERNEL_AS(lp_pool, lp_pool_power, X, Y, channels, H, W, OH, OW, kh, kw, stride, pad, real(p), inverse_p);
  }
}
