// Gelu of the sum of a tensor and a bias.
#include "../reference.hpp"

void bias_gelu(In A, In B, Out C, Index rows, Index H, real inverse_root_two) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < H; ++j) {
      const real x = A[r * H + j] + B[j];
      C[r * H + j] = 0.5F * (x * (1.0F + erf(x * inverse_root_two)));
    }
  }
}

void run(In A, In B, Out C, Index rows, Index H, real inverse_root_two) {
  KERNEL(bias_gelu, A, B, C, rows, H, inverse_root_two);
}
