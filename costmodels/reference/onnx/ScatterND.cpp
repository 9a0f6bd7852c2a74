// A copy of the data with sub-tensors replaced or combined by index tuples.
#include "../reference.hpp"
#include "../templates/scatter.hpp"

void run(In data, InIndices indices, In updates, Out output, Index n, Index rows, Index H, bool single) {
  KERNEL(copy, data, output, n);
  KERNEL(scatter_reduce, updates, indices, output, rows, H, single);
}
