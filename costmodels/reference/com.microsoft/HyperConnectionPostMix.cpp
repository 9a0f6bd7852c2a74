// Mixes streams with one another and adds a branch's output to each.
#include "../reference.hpp"

/// stream_mix is [C, C] for each row.
void mix(In streams, In stream_mix, Held mixed, Index rows, Index C, Index H) {
  for (Index r = 0; r < rows; ++r) {
    for (Index k = 0; k < C; ++k) {
      for (Index h = 0; h < H; ++h) {
        real sum = 0.0F;
        for (Index c = 0; c < C; ++c) sum += stream_mix[(r * C + c) * C + k] * streams[(r * C + c) * H + h];
        mixed[(r * C + k) * H + h] = sum;
      }
    }
  }
}

void inject(Held mixed, In block_output, In post_mix, Out output, Index rows, Index C, Index H) {
  for (Index r = 0; r < rows; ++r) {
    for (Index k = 0; k < C; ++k) {
      for (Index h = 0; h < H; ++h) {
        output[(r * C + k) * H + h] = mixed[(r * C + k) * H + h] + post_mix[r * C + k] * block_output[r * H + h];
      }
    }
  }
}

void run(In streams, In block_output, In post_mix, In stream_mix, Out output, Held mixed, Index rows, Index C,
         Index H) {
  KERNEL(mix, streams, stream_mix, mixed, rows, C, H);
  KERNEL(inject, mixed, block_output, post_mix, output, rows, C, H);
}
