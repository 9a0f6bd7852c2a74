// The merged projection to queries, keys and values. No include guard: each operator's namespace has its own copy.
#include "../reference.hpp"

/// Rows of the input times weights [K, N]; queries, keys and values are thirds of each result row, kept apart.
void project(In input, In weights, Out projected, Index rows, Index K, Index third) {
  for (Index p = 0; p < 3; ++p) {
    for (Index r = 0; r < rows; ++r) {
      for (Index n = 0; n < third; ++n) {
        real sum = 0.0F;
        for (Index k = 0; k < K; ++k) sum += input[r * K + k] * weights[k * 3 * third + p * third + n];
        projected[(p * rows + r) * third + n] = sum;
      }
    }
  }
}

void add_bias(Held projected, In bias, Index rows, Index third) {
  for (Index p = 0; p < 3; ++p) {
    for (Index r = 0; r < rows; ++r) {
      for (Index n = 0; n < third; ++n) {
        projected[(p * rows + r) * third + n] = projected[(p * rows + r) * third + n] + bias[p * third + n];
      }
    }
  }
}
