// The kernels of ../../templates/tree_ensemble.yaml. No include guard: each operator's namespace has its own copy.
#include "../reference.hpp"

/// From the root of each tree to a leaf, by at most `depth` steps: a node whose children are below 0 is a leaf. Each
/// step takes one comparison and one choice.
void descend(In X, InIndices features, In thresholds, InIndices yes, InIndices no, HeldIndices roots, HeldIndices kinds,
             HeldIndices leaves, Index rows, Index F, Index trees, Index depth) {
  for (Index r = 0; r < rows; ++r) {
    for (Index t = 0; t < trees; ++t) {
      Index at = roots[t];
      for (Index step = 0; step < depth; ++step) {
        if (kinds[at] != 0) break;
        const bool first = X[r * F + features[at]] <= thresholds[at];
        at = chosen(first, yes[at], no[at]);
      }
      leaves[r * trees + t] = at;
    }
  }
}

/// Adds the weights of each leaf, `each` of them (one for each of the first `each` scores), from the position that
/// `first` names.
void aggregate(HeldIndices leaves, HeldIndices first, In weights, Held scores, Index rows, Index trees, Index targets,
               Index each) {
  for (Index r = 0; r < rows; ++r) {
    for (Index i = 0; i < targets; ++i) scores[r * targets + i] = 0.0F;
    for (Index t = 0; t < trees; ++t) {
      for (Index i = 0; i < each; ++i) {
        scores[r * targets + i] = scores[r * targets + i] + weights[first[leaves[r * trees + t]] + i];
      }
    }
  }
}

void average(Held scores, Index n, Index trees) {
  for (Index i = 0; i < n; ++i) scores[i] = scores[i] / real(trees);
}

void add_base(Held scores, HeldIn base, Index rows, Index targets) {
  for (Index r = 0; r < rows; ++r) {
    for (Index i = 0; i < targets; ++i) scores[r * targets + i] = scores[r * targets + i] + base[i];
  }
}

void store_scores(Held scores, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = scores[i];
}
