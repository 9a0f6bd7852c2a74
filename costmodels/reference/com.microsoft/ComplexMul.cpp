// Product of complex tensors stored as pairs.
#include "../reference.hpp"

/// Pairs of real and imaginary part.
void complex_mul(In A, In B, Out C, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real a = A[2 * i];
    const real b = A[2 * i + 1];
    const real c = B[2 * i];
    const real d = B[2 * i + 1];
    C[2 * i] = a * c - b * d;
    C[2 * i + 1] = a * d + b * c;
  }
}

void run(In A, In B, Out C, Index n) { KERNEL(complex_mul, A, B, C, n); }
