// Mean, sum or list of the negated log probabilities of the target classes.
#include "../reference.hpp"

/// Sum of the negated log-probabilities of the targets.
void nll(In input, InIndices target, Out loss, Index N, Index C) {
  real sum = 0.0F;
  for (Index n = 0; n < N; ++n) sum += -input[n * C + target[n]];
  loss[0] = sum;
}

/// Their mean, each by the weight of its class.
void nll_weighted(In input, InIndices target, In weight, Out loss, Index N, Index C) {
  real sum = 0.0F;
  real weights = 0.0F;
  for (Index n = 0; n < N; ++n) {
    const Index at = target[n];
    const real w = weight[at];
    sum += -input[n * C + at] * w;
    weights += w;
  }
  loss[0] = sum / weights;
}

void run(In input, InIndices target, In weight, Out loss, Index N, Index C) {
  if (weight) {
    KERNEL_AS(nll, nll_weighted, input, target, weight, loss, N, C);
  } else {
    KERNEL(nll, input, target, loss, N, C);
  }
}
