// Scores each class by a linear form of the features and takes the best.
#include "../reference.hpp"

void gemm(In X, In weights, Out scores, Index rows, Index forms, Index F) {
  for (Index r = 0; r < rows; ++r) {
    for (Index t = 0; t < forms; ++t) {
      real sum = 0.0F;
      for (Index f = 0; f < F; ++f) sum += X[r * F + f] * weights[t * F + f];
      scores[r * forms + t] = sum;
    }
  }
}

void add_intercepts(Held scores, In shifts, Index rows, Index forms) {
  for (Index r = 0; r < rows; ++r) {
    for (Index t = 0; t < forms; ++t) scores[r * forms + t] = scores[r * forms + t] + shifts[t];
  }
}

/// The labels are the positions of the classes.
void best(In scores, OutIndices Y, Index rows, Index forms) {
  for (Index r = 0; r < rows; ++r) {
    real most = lowest;
    Index at = 0;
    for (Index t = 0; t < forms; ++t) {
      const real score = scores[r * forms + t];
      if (score > most) {
        most = score;
        at = t;
      }
    }
    Y[r] = at;
  }
}

void write_scores(In scores, Out Z, Index n) {
  for (Index i = 0; i < n; ++i) Z[i] = scores[i];
}

void run(In X, In weights, In shifts, OutIndices Y, Out Z, Out results, Index rows, Index forms, Index F) {
  KERNEL(gemm, X, weights, results, rows, forms, F);
  KERNEL_AS(intercept, add_intercepts, results, shifts, rows, forms);
  KERNEL(best, results, Y, rows, forms);
  KERNEL_AS(scores, write_scores, results, Z, rows * forms);
}
