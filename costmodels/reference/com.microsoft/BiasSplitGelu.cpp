// Adds a bias, splits the last axis in two and multiplies the first half by the Gelu of the second.
#include "../reference.hpp"

/// The left half of each biased row times the GELU of its right half.
void bias_split_gelu(In X, In bias, Out Y, Index rows, Index H, real inverse_root_two) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < H; ++j) {
      const real left = X[r * 2 * H + j] + bias[j];
      const real right = X[r * 2 * H + H + j] + bias[H + j];
      Y[r * H + j] = left * (0.5F * (right * (1.0F + erf(right * inverse_root_two))));
    }
  }
}

void run(In X, In bias, Out Y, Index rows, Index H, real inverse_root_two) {
  KERNEL(bias_split_gelu, X, bias, Y, rows, H, inverse_root_two);
}
