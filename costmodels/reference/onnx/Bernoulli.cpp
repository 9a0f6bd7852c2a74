// Random zeros and ones with given probabilities. Uniform numbers come from an integer generator.
#include "../reference.hpp"

void bernoulli(In input, HeldIn uniforms, Out output, Index n) {
  for (Index i = 0; i < n; ++i) output[i] = uniforms[i] < input[i] ? 1.0F : 0.0F;
}

void run(In input, HeldIn uniforms, Out output, Index n) { KERNEL(bernoulli, input, uniforms, output, n); }
