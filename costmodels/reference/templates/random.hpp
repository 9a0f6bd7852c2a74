// Random numbers from uniform ones, which an integer generator makes: that is not counted. No include guard: each
// operator's namespace has its own copy.
#include "../reference.hpp"

/// The transform of Box and Muller.
void normal(HeldIn radius, HeldIn turn, Out output, Index n, real mean, real scale, real tau) {
  for (Index i = 0; i < n; ++i) {
    const real length = sqrt(-2.0F * log(radius[i]));
    output[i] = mean + scale * (length * cos(tau * turn[i]));
  }
}

void uniform(HeldIn uniforms, Out output, Index n, real low, real width) {
  for (Index i = 0; i < n; ++i) output[i] = low + width * uniforms[i];
}
