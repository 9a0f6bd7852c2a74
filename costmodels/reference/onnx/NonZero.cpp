// The positions of the elements that are not zero.
#include "../reference.hpp"

/// `Y_last` columns, one for each element that is not zero; a row for each axis of a matrix.
void non_zero(In X, OutIndices Y, Index rows, Index columns, Index Y_last) {
  Index at = 0;
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) {
      if (X[i * columns + j] != 0.0F) {
        Y[at] = i;
        Y[Y_last + at] = j;
        ++at;
      }
    }
  }
}

void run(In X, OutIndices Y, Index rows, Index columns, Index Y_last) { KERNEL(non_zero, X, Y, rows, columns, Y_last); }
