// Softmax over the classes and the negative log likelihood of the target classes.
#include "../reference.hpp"

void row_max(In scores, Out maximum, Index N, Index C) {
  for (Index n = 0; n < N; ++n) {
    real best = lowest;
    for (Index c = 0; c < C; ++c) best = fmax(best, scores[n * C + c]);
    maximum[n] = best;
  }
}

void exp_sum(In scores, In maximum, Out shifted, Out sums, Index N, Index C) {
  for (Index n = 0; n < N; ++n) {
    real sum = 0.0F;
    for (Index c = 0; c < C; ++c) {
      const real x = scores[n * C + c] - maximum[n];
      shifted[n * C + c] = x;
      sum += exp(x);
    }
    sums[n] = sum;
  }
}

void log_prob(In shifted, In sums, Out logarithms, Index N, Index C) {
  for (Index n = 0; n < N; ++n) {
    const real normaliser = log(sums[n]);
    for (Index c = 0; c < C; ++c) logarithms[n * C + c] = shifted[n * C + c] - normaliser;
  }
}

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

void run(In scores, InIndices labels, In weights, Out output, Out maximum, Out shifted, Out sums, Out logarithms,
         Index N, Index C) {
  KERNEL(row_max, scores, maximum, N, C);
  KERNEL(exp_sum, scores, maximum, shifted, sums, N, C);
  KERNEL(log_prob, shifted, sums, logarithms, N, C);
  if (weights) {
    KERNEL_AS(nll, nll_weighted, logarithms, labels, weights, output, N, C);
  } else {
    KERNEL(nll, logarithms, labels, output, N, C);
  }
}
