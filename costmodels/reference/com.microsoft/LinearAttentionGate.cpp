// Decay and update rate of gated linear attention from their projections.
#include "../reference.hpp"

void give_decay(In a, In dt_bias, In decay_scale, Out result, Index rows, Index heads) {
  for (Index r = 0; r < rows; ++r) {
    for (Index h = 0; h < heads; ++h) {
      const real x = a[r * heads + h] + dt_bias[h];
      result[r * heads + h] = decay_scale[h] * log(1.0F + exp(x));
    }
  }
}

void give_beta(In b, Out result, Index n) {
  for (Index i = 0; i < n; ++i) result[i] = 1.0F / (1.0F + exp(-b[i]));
}

void run(In a, In dt_bias, In decay_scale, In b, Out decay, Out beta, Index rows, Index heads) {
  KERNEL_AS(decay, give_decay, a, dt_bias, decay_scale, decay, rows, heads);
  if (beta) KERNEL_AS(beta, give_beta, b, beta, rows * heads);
}
