// p-norm of each channel over space.
#include "../reference.hpp"

void global_lp_pool(In X, Out Y, Index channels, Index size) {
  for (Index c = 0; c < channels; ++c) {
    real sum = 0.0F;
    for (Index i = 0; i < size; ++i) {
      const real x = X[c * size + i];
      sum += x * x;
    }
    Y[c] = sqrt(sum);
  }
}

void global_lp_pool_absolute(In X, Out Y, Index channels, Index size) {
  for (Index c = 0; c < channels; ++c) {
    real sum = 0.0F;
    for (Index i = 0; i < size; ++i) sum += fabs(X[c * size + i]);
    Y[c] = sum;
  }
}

void global_lp_pool_power(In X, Out Y, Index channels, Index size, real p, real inverse_p) {
  for (Index c = 0; c < channels; ++c) {
    real sum = 0.0F;
    for (Index i = 0; i < size; ++i) sum += pow(fabs(X[c * size + i]), p);
    Y[c] = pow(sum, inverse_p);
  }
}

void run(In X, Out Y, Index channels, Index size, Index p, real inverse_p) {
  if (p == 1) {
    KERNEL_AS(global_lp_pool, global_lp_pool_absolute, X, Y, channels, size);
  } else if (p == 2) {
    KERNEL(global_lp_pool, X, Y, channels, size);
  } else {
    KERNEL_AS(global_lp_pool, global_lp_pool_power, X, Y, channels, size, real(p), inverse_p);
  }
}
