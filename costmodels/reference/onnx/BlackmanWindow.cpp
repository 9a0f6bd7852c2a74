// The Blackman window of a given length.
#include "../reference.hpp"

/// 0.42 - 0.5 cos(phase) + 0.08 cos(2 phase).
void window(Out output, Index n, real tau, real period) {
  for (Index i = 0; i < n; ++i) {
    const real phase = real(i) * tau / period;
    output[i] = 0.42F - 0.5F * cos(phase) + 0.08F * cos(2.0F * phase);
  }
}

void run(Out output, Index n, real tau, real period) { KERNEL(window, output, n, tau, period); }
