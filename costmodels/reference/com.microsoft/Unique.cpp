// The distinct elements in order of appearance.
#include "../reference.hpp"
#include "../templates/merge_sort.hpp"

void load(In x, Held keys, Index n) {
  for (Index i = 0; i < n; ++i) keys[i] = x[i];
}

/// leaders[i]: the first position that holds the element of position i. Neighbours in sorted order: n - 1 comparisons.
void find_leaders(HeldIn keys, HeldIndices order, HeldIndices leaders, Index n) {
  Index leader = order[0];
  leaders[leader] = leader;
  for (Index i = 1; i < n; ++i) {
    if (keys[order[i]] != keys[order[i - 1]]) leader = order[i];
    leaders[order[i]] = leader;
  }
}

/// sizes and numbers: of the group that a position leads.
void number(HeldIn keys, HeldIndices leaders, HeldIndices numbers, HeldIndices sizes, Out y, OutIndices idx,
            OutIndices counts, Index n) {
  for (Index i = 0; i < n; ++i) sizes[i] = 0;
  for (Index i = 0; i < n; ++i) sizes[leaders[i]] = sizes[leaders[i]] + 1;
  Index group = 0;
  for (Index i = 0; i < n; ++i) {
    if (leaders[i] == i) {
      numbers[i] = group;
      y[group] = keys[i];
      counts[group] = sizes[i];
      ++group;
    }
    idx[i] = numbers[leaders[i]];
  }
}

void run(In x, Out y, OutIndices idx, OutIndices counts, Held keys, HeldIndices order, HeldIndices merged,
         HeldIndices leaders, HeldIndices numbers, HeldIndices sizes, Index n) {
  KERNEL_AS(sort, load, x, keys, n);
  KERNEL_AS(sort, merge_sort, keys, order, merged, n);
  KERNEL_AS(sort, find_leaders, keys, order, leaders, n);
  KERNEL_AS(sort, number, keys, leaders, numbers, sizes, y, idx, counts, n);
}
