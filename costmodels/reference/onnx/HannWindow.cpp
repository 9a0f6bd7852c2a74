// The Hann window of a given length.
#include "../reference.hpp"

/// first - second cos(2 pi i / period).
void window(Out output, Index n, real tau, real period, real first, real second) {
  for (Index i = 0; i < n; ++i) output[i] = first - second * cos(real(i) * tau / period);
}

void run(Out output, Index n, real tau, real period, real first, real second) {
  KERNEL(window, output, n, tau, period, first, second);
}
