// Multiplies each element by a constant.
#include "../reference.hpp"

void scale_all(In input, Out output, Index n, real factor) {
  for (Index i = 0; i < n; ++i) output[i] = factor * input[i];
}

void run(In input, Out output, Index n, real scale) { KERNEL_AS(scale, scale_all, input, output, n, scale); }
