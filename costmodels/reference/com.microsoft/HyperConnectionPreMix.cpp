// Reduces several streams to one by weights.
#include "../reference.hpp"

/// pre_mix has one number for each stream of a row.
void mix(In streams, In pre_mix, Out output, Index rows, Index C, Index H, real reduction_scale) {
  for (Index r = 0; r < rows; ++r) {
    for (Index h = 0; h < H; ++h) {
      real sum = 0.0F;
      for (Index c = 0; c < C; ++c) sum += streams[(r * C + c) * H + h] * pre_mix[r * C + c];
      output[r * H + h] = reduction_scale * sum;
    }
  }
}

void run(In streams, In pre_mix, Out output, Index rows, Index C, Index H, real reduction_scale) {
  KERNEL(mix, streams, pre_mix, output, rows, C, H, reduction_scale);
}
