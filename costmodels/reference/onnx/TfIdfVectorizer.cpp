// Counts n-grams of each row that a vocabulary holds, and weighs the counts.
#include "../reference.hpp"

/// The vocabulary is a tree of prefixes: next[node*symbols + item] is a node, or below 0; grams[node] is the count's
/// position, or below 0. One step for each item of a window, one more for its count.
void count(InIndices X, HeldIndices next, HeldIndices grams, HeldSums counts, Index rows, Index C, Index outputs,
           Index symbols, Index shortest, Index longest, Index skips) {
  for (Index i = 0; i < rows * outputs; ++i) counts[i] = 0;
  for (Index r = 0; r < rows; ++r) {
    for (Index g = shortest; g <= longest; ++g) {
      for (Index s = 1; s <= (g == 1 ? 1 : skips + 1); ++s) {
        for (Index first = 0; first + (g - 1) * s < C; ++first) {
          Index node = 0;
          for (Index item = 0; item < g; ++item) {
            const Index to = next[node * symbols + X[r * C + first + item * s]];
            node = chosen(to < 0, -1, to);
            if (node < 0) break;
          }
          const Index gram = node < 0 ? -1 : Index(grams[node]);
          if (gram >= 0) counts[r * outputs + gram] = integer(counts[r * outputs + gram]) + 1;
        }
      }
    }
  }
}

void store(HeldSums counts, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = real(integer(counts[i]));
}

void weigh(In counts, In weights, Out Y, Index rows, Index outputs) {
  for (Index r = 0; r < rows; ++r) {
    for (Index i = 0; i < outputs; ++i) Y[r * outputs + i] = counts[r * outputs + i] * weights[i];
  }
}

void run(InIndices X, Out Y, In factors, HeldIndices next, HeldIndices grams, HeldSums counts, Out counted, Index rows,
         Index C, Index outputs, Index symbols, Index shortest, Index longest, Index skips) {
  KERNEL(count, X, next, grams, counts, rows, C, outputs, symbols, shortest, longest, skips);
  if (factors) {
    KERNEL_AS(count, store, counts, counted, rows * outputs);
    KERNEL(weigh, counted, factors, Y, rows, outputs);
  } else {
    KERNEL_AS(count, store, counts, Y, rows * outputs);
  }
}
