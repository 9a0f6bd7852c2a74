// An arithmetic progression.
#include "../reference.hpp"

void range(In start, In delta, Out output, Index n) {
  real value = start[0];
  for (Index i = 0; i < n; ++i) {
    output[i] = value;
    value += delta[0];
  }
}

void run(In start, In delta, Out output, Index n) { KERNEL(range, start, delta, output, n); }
