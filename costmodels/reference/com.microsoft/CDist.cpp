// Distances between the rows of two matrices.
#include "../reference.hpp"

void distance(In A, In B, Out C, Index M, Index N, Index K) {
  for (Index i = 0; i < M; ++i) {
    for (Index j = 0; j < N; ++j) {
      real sum = 0.0F;
      for (Index k = 0; k < K; ++k) {
        const real difference = A[i * K + k] - B[j * K + k];
        sum += difference * difference;
      }
      C[i * N + j] = sqrt(sum);
    }
  }
}

void distance_squared(In A, In B, Out C, Index M, Index N, Index K) {
  for (Index i = 0; i < M; ++i) {
    for (Index j = 0; j < N; ++j) {
      real sum = 0.0F;
      for (Index k = 0; k < K; ++k) {
        const real difference = A[i * K + k] - B[j * K + k];
        sum += difference * difference;
      }
      C[i * N + j] = sum;
    }
  }
}

void run(In A, In B, Out C, Index M, Index N, Index K, bool squared) {
  if (squared) {
    KERNEL_AS(distance, distance_squared, A, B, C, M, N, K);
  } else {
    KERNEL(distance, A, B, C, M, N, K);
  }
}
