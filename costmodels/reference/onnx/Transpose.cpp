// Permutes the axes and writes the elements in the new order.
#include "../reference.hpp"

/// [A, B, C] becomes [A, C, B].
void transpose(In data, Out transposed, Index A, Index B, Index C) {
  for (Index i = 0; i < A; ++i) {
    for (Index j = 0; j < B; ++j) {
      for (Index k = 0; k < C; ++k) transposed[(i * C + k) * B + j] = data[(i * B + j) * C + k];
    }
  }
}

void run(In data, Out transposed, Index A, Index B, Index C) { KERNEL(transpose, data, transposed, A, B, C); }
