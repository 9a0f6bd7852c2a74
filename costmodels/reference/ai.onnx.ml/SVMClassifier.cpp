// Classification by support vectors, every pair of classes voting.
#include "../reference.hpp"
#include "../templates/svm_kernel.hpp"

/// Each pair weighs the kernel values of both classes' vectors: weights are [classes - 1, supports]; vectors of class c
/// are starts[c] to starts[c + 1].
void decide(In products, In weights, In rho, HeldIndices starts, Out decisions, Index rows, Index classes,
            Index supports) {
  for (Index r = 0; r < rows; ++r) {
    Index pair = 0;
    for (Index one = 0; one < classes; ++one) {
      for (Index other = one + 1; other < classes; ++other) {
        real sum = 0.0F;
        for (Index v = starts[one]; v < starts[one + 1]; ++v) {
          sum += products[r * supports + v] * weights[(other - 1) * supports + v];
        }
        for (Index v = starts[other]; v < starts[other + 1]; ++v) {
          sum += products[r * supports + v] * weights[one * supports + v];
        }
        decisions[r * (classes * (classes - 1) / 2) + pair] = sum + rho[pair];
        ++pair;
      }
    }
  }
}

/// One comparison for each pair, one for each class.
void vote(In decisions, HeldIndices votes, OutIndices Y, Index rows, Index classes) {
  for (Index r = 0; r < rows; ++r) {
    for (Index c = 0; c < classes; ++c) votes[c] = 0;
    Index pair = 0;
    for (Index one = 0; one < classes; ++one) {
      for (Index other = one + 1; other < classes; ++other) {
        const bool first = decisions[r * (classes * (classes - 1) / 2) + pair] > 0.0F;
        const Index winner = first ? one : other;
        votes[winner] = votes[winner] + 1;
        ++pair;
      }
    }
    real most = -1.0F;
    Index at = 0;
    for (Index c = 0; c < classes; ++c) {
      if (real(Index(votes[c])) > most) {
        most = real(Index(votes[c]));
        at = c;
      }
    }
    Y[r] = at;
  }
}

void write_scores(Held decisions, Out Z, Index n) {
  for (Index i = 0; i < n; ++i) Z[i] = decisions[i];
}

void run(In X, In vectors, In weights, In rho_values, HeldIndices starts, HeldIndices votes, OutIndices Y, Out Z,
         Out products, Out decisions, Index rows, Index classes, Index supports, Index F, Index kind, real gamma,
         real minus_gamma, real shift, real degree) {
  kernel_function(X, vectors, products, kind, rows, supports, F, gamma, minus_gamma, shift, degree);
  KERNEL(decide, products, weights, rho_values, starts, decisions, rows, classes, supports);
  KERNEL(vote, decisions, votes, Y, rows, classes);
  KERNEL(write_scores, decisions, Z, rows * classes * (classes - 1) / 2);
}
