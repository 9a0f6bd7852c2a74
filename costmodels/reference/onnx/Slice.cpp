// Takes a regular part of a tensor.
#include "../reference.hpp"

/// Rows from `start` on, every `step`-th.
void slice(In data, Out output, Index rows, Index H, Index start, Index step) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < H; ++j) output[r * H + j] = data[(start + r * step) * H + j];
  }
}

void run(In data, Out output, Index rows, Index H, Index start, Index step) {
  KERNEL(slice, data, output, rows, H, start, step);
}
