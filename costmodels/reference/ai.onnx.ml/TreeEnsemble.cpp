// Combines what decision trees predict for each target; nodes and leaves have numbers of their own. A leaf has one
// weight, for one target: targets take their turns.
#include "../reference.hpp"
#include "../templates/tree_ensemble.hpp"

/// Leaves have the number of their node; target[leaf] gets weights[leaf].
void aggregate_one(HeldIndices leaves, HeldIndices first, HeldIndices target, In weights, Held scores, Index rows,
                   Index trees, Index targets) {
  for (Index r = 0; r < rows; ++r) {
    for (Index i = 0; i < targets; ++i) scores[r * targets + i] = 0.0F;
    for (Index t = 0; t < trees; ++t) {
      const Index leaf = first[leaves[r * trees + t]];
      const Index at = r * targets + target[leaf];
      scores[at] = scores[at] + weights[leaf];
    }
  }
}

void run(In X, InIndices features, In thresholds, InIndices yes, InIndices no, HeldIndices roots, HeldIndices kinds,
         HeldIndices first, HeldIndices target, HeldIndices leaves, In weights, Held scores, Out Y, Index rows, Index F,
         Index trees, Index depth, Index targets, bool averages) {
  KERNEL(descend, X, features, thresholds, yes, no, roots, kinds, leaves, rows, F, trees, depth);
  KERNEL_AS(aggregate, aggregate_one, leaves, first, target, weights, scores, rows, trees, targets);
  if (averages) KERNEL_AS(aggregate, average, scores, rows * targets, trees);
  KERNEL_AS(aggregate, store_scores, scores, Y, rows * targets);
}
