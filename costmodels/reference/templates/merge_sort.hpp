// Sorting positions by their keys in merges of runs that double: in registers, since passes stay in cache. No include
// guard: each operator's namespace has its own copy.
#include "../reference.hpp"

/// Ascending; equal keys keep their order. Comparisons stop where one of the two runs is used up: at most
/// n ceil(log2 n) - 2^ceil(log2 n) + 1 of them.
void merge_sort(HeldIn keys, HeldIndices order, HeldIndices merged, Index n) {
  for (Index i = 0; i < n; ++i) order[i] = i;
  for (Index width = 1; width < n; width *= 2) {
    for (Index start = 0; start < n; start += 2 * width) {
      const Index middle = start + width < n ? start + width : n;
      const Index end = start + 2 * width < n ? start + 2 * width : n;
      Index left = start;
      Index right = middle;
      Index to = start;
      while (left < middle && right < end) {
        const bool second = keys[order[right]] < keys[order[left]];
        merged[to++] = second ? order[right++] : order[left++];
      }
      while (left < middle) merged[to++] = order[left++];
      while (right < end) merged[to++] = order[right++];
    }
    for (Index i = 0; i < n; ++i) order[i] = merged[i];
  }
}

/// Descending; equal keys keep their order. A run that is used up compares as the lowest number, so that each position
/// of each of the ceil(log2 n) passes takes one comparison.
void merge_sort_descending(HeldIn keys, HeldIndices order, HeldIndices merged, Index n) {
  for (Index i = 0; i < n; ++i) order[i] = i;
  for (Index width = 1; width < n; width *= 2) {
    for (Index start = 0; start < n; start += 2 * width) {
      const Index middle = start + width < n ? start + width : n;
      const Index end = start + 2 * width < n ? start + 2 * width : n;
      Index left = start;
      Index right = middle;
      for (Index to = start; to < end; ++to) {
        const real one = left < middle ? keys[order[left]] : real(lowest);
        const real other = right < end ? keys[order[right]] : real(lowest);
        const bool below = one < other;
        const bool second = right < end && (below || left >= middle);
        merged[to] = second ? order[right] : order[left];
        if (second) ++right;
        if (!second) ++left;
      }
    }
    for (Index i = 0; i < n; ++i) order[i] = merged[i];
  }
}
