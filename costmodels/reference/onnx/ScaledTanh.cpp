// alpha*tanh(beta*x) of each element.
#include "../reference.hpp"

void scaled_tanh(In input, Out output, Index n, real alpha, real beta) {
  for (Index i = 0; i < n; ++i) output[i] = alpha * tanh(beta * input[i]);
}

void run(In input, Out output, Index n, real alpha, real beta) { KERNEL(scaled_tanh, input, output, n, alpha, beta); }
