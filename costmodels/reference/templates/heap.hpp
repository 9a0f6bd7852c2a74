// A heap of the largest elements seen so far, whose smallest is the root. No include guard: each operator's namespace
// has its own copy.
#include "../reference.hpp"

/// Takes the element to its place in a heap whose smallest element is the root; two comparisons on each of its levels.
/// The heap is a full tree, whose unused places hold the highest number.
void sink(Held heap, HeldIndices places, real x, Index from, Index levels) {
  Index at = 0;
  for (Index level = 0; level < levels; ++level) {
    const Index left = 2 * at + 1;
    const Index child = heap[left + 1] < heap[left] ? left + 1 : left;
    const real smaller = heap[child];
    if (smaller < x) {
      heap[at] = smaller;
      places[at] = places[child];
      at = child;
    }
  }
  heap[at] = x;
  places[at] = from;
}
