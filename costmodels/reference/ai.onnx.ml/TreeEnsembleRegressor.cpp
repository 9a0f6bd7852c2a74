// Combines what decision trees predict for each target.
#include "../reference.hpp"
#include "../templates/tree_ensemble.hpp"

void run(In X, InIndices features, In thresholds, InIndices yes, InIndices no, HeldIndices roots, HeldIndices kinds,
         HeldIndices first, HeldIndices leaves, In weights, Held scores, HeldIn base, Out Y, Index rows, Index F,
         Index trees, Index depth, Index targets, bool averages) {
  KERNEL(descend, X, features, thresholds, yes, no, roots, kinds, leaves, rows, F, trees, depth);
  KERNEL(aggregate, leaves, first, weights, scores, rows, trees, targets, targets);
  if (averages) KERNEL_AS(aggregate, average, scores, rows * targets, trees);
  if (base) KERNEL_AS(aggregate, add_base, scores, base, rows, targets);
  KERNEL_AS(aggregate, store_scores, scores, Y, rows * targets);
}
