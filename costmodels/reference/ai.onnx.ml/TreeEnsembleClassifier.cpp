// Adds what decision trees vote for each class and takes the best.
#include "../reference.hpp"
#include "../templates/tree_ensemble.hpp"

/// One comparison for each score. The labels are the positions of the classes.
void best(In scores, OutIndices Y, Index rows, Index classes) {
  for (Index r = 0; r < rows; ++r) {
    real most = lowest;
    Index at = 0;
    for (Index c = 0; c < classes; ++c) {
      const real score = scores[r * classes + c];
      if (score > most) {
        most = score;
        at = c;
      }
    }
    Y[r] = at;
  }
}

/// The maximum, then difference, exponential and sum, then the division.
void softmax(Held scores, Index rows, Index classes) {
  for (Index r = 0; r < rows; ++r) {
    real most = lowest;
    for (Index c = 0; c < classes; ++c) most = fmax(most, scores[r * classes + c]);
    real sum = 0.0F;
    for (Index c = 0; c < classes; ++c) {
      const real e = exp(scores[r * classes + c] - most);
      scores[r * classes + c] = e;
      sum += e;
    }
    for (Index c = 0; c < classes; ++c) scores[r * classes + c] = scores[r * classes + c] / sum;
  }
}

void run(In X, InIndices features, In thresholds, InIndices yes, InIndices no, HeldIndices roots, HeldIndices kinds,
         HeldIndices first, HeldIndices leaves, In weights, Held scores, HeldIn base, OutIndices Y, Out Z, Index rows,
         Index F, Index trees, Index depth, Index classes, bool transformed) {
  KERNEL(descend, X, features, thresholds, yes, no, roots, kinds, leaves, rows, F, trees, depth);
  KERNEL(aggregate, leaves, first, weights, scores, rows, trees, classes, classes);
  if (base) KERNEL_AS(aggregate, add_base, scores, base, rows, classes);
  KERNEL_AS(aggregate, store_scores, scores, Z, rows * classes);
  KERNEL(best, Z, Y, rows, classes);
  if (transformed) KERNEL_AS(post_transform, softmax, Z, rows, classes);
}
