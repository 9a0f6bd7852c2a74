// Repeats a tensor by broadcasting to a given shape.
#include "../reference.hpp"

/// The whole operand, one after another, `times` times.
void expand(In input, Out output, Index times, Index n) {
  for (Index t = 0; t < times; ++t) {
    for (Index i = 0; i < n; ++i) output[t * n + i] = input[i];
  }
}

void run(In input, Out output, Index times, Index n) { KERNEL(expand, input, output, times, n); }
