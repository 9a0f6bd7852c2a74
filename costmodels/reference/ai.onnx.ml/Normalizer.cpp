// Divides each row by its maximum, its sum or its length.
#include "../reference.hpp"

void reduce_max(In X, Out figures, Index rows, Index C) {
  for (Index r = 0; r < rows; ++r) {
    real best = lowest;
    for (Index c = 0; c < C; ++c) best = fmax(best, X[r * C + c]);
    figures[r] = best;
  }
}

void reduce_l1(In X, Out figures, Index rows, Index C) {
  for (Index r = 0; r < rows; ++r) {
    real sum = 0.0F;
    for (Index c = 0; c < C; ++c) sum += fabs(X[r * C + c]);
    figures[r] = sum;
  }
}

void divide(In X, In figures, Out Y, Index rows, Index C) {
  for (Index r = 0; r < rows; ++r) {
    for (Index c = 0; c < C; ++c) Y[r * C + c] = X[r * C + c] / figures[r];
  }
}

void run(In X, Out Y, Out figures, Index rows, Index C, bool largest) {
  if (largest) KERNEL_AS(reduce, reduce_max, X, figures, rows, C);
  if (!largest) KERNEL_AS(reduce, reduce_l1, X, figures, rows, C);
  KERNEL(divide, X, figures, Y, rows, C);
}
