// Subtracts an offset from each feature and scales it.
#include "../reference.hpp"

void scale(In X, In offsets, In factors, Out Y, Index rows, Index F) {
  for (Index r = 0; r < rows; ++r) {
    for (Index f = 0; f < F; ++f) Y[r * F + f] = (X[r * F + f] - offsets[f]) * factors[f];
  }
}

void run(In X, In offsets, In factors, Out Y, Index rows, Index F) { KERNEL(scale, X, offsets, factors, Y, rows, F); }
