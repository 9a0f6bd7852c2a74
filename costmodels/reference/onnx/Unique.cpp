// The distinct elements, sorted.
#include "../reference.hpp"
#include "../templates/merge_sort.hpp"

void load(In X, Held keys, Index n) {
  for (Index i = 0; i < n; ++i) keys[i] = X[i];
}

/// Neighbours in sorted order: n - 1 comparisons.
void gather_equal(HeldIn keys, HeldIndices order, Out Y, OutIndices indices, OutIndices inverse_indices,
                  OutIndices counts, Index n) {
  Index group = 0;
  Index first = 0;
  Y[0] = keys[order[0]];
  indices[0] = order[0];
  inverse_indices[order[0]] = 0;
  for (Index i = 1; i < n; ++i) {
    if (keys[order[i]] != keys[order[i - 1]]) {
      counts[group] = i - first;
      first = i;
      ++group;
      Y[group] = keys[order[i]];
      indices[group] = order[i];
    }
    inverse_indices[order[i]] = group;
  }
  counts[group] = n - first;
}

void run(In X, Out Y, OutIndices indices, OutIndices inverse_indices, OutIndices counts, Held keys, HeldIndices order,
         HeldIndices merged, Index n) {
  KERNEL_AS(sort, load, X, keys, n);
  KERNEL_AS(sort, merge_sort, keys, order, merged, n);
  KERNEL_AS(sort, gather_equal, keys, order, Y, indices, inverse_indices, counts, n);
}
