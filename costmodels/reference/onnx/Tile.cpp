// Repeats a tensor along each axis.
#include "../reference.hpp"

/// The whole operand, one after another, `times` times.
void tile(In input, Out output, Index times, Index n) {
  for (Index t = 0; t < times; ++t) {
    for (Index i = 0; i < n; ++i) output[t * n + i] = input[i];
  }
}

void run(In input, Out output, Index times, Index n) { KERNEL(tile, input, output, times, n); }
