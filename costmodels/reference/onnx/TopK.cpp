// The largest elements of each row, in descending order.
#include "../reference.hpp"
#include "../templates/heap.hpp"

/// Each element of a row against the root of its heap.
void select(In X, Held heap, HeldIndices places, Index row, Index n, Index k, Index levels, Index room) {
  for (Index i = 0; i < room; ++i) heap[i] = i < k ? lowest : highest;
  for (Index i = 0; i < n; ++i) {
    const real x = X[row * n + i];
    if (x > heap[0]) sink(heap, places, x, i, levels);
  }
}

/// Takes the roots of the heap away, the smallest first; the highest number sinks in their place.
void order(Held heap, HeldIndices places, Out Values, OutIndices Indices, Index row, Index k, Index levels) {
  for (Index i = k - 1; i >= 0; --i) {
    Values[row * k + i] = heap[0];
    Indices[row * k + i] = places[0];
    sink(heap, places, highest, 0, levels);
  }
}

/// What the order writes belongs to the selection: without an order it would write the heap as it is.
void run(In X, Out Values, OutIndices Indices, Held heap, HeldIndices places, Index rows, Index n, Index k,
         Index levels, Index room) {
  for (Index row = 0; row < rows; ++row) {
    KERNEL(select, X, heap, places, row, n, k, levels, room);
    KERNEL(order, heap, places, Values, Indices, row, k, levels);
  }
}
