// Moves blocks of channels into space.
#include "../reference.hpp"

/// Mode DCR: the block's position varies slower than the channel.
void depth_to_space(In input, Out output, Index N, Index C, Index H, Index W, Index block) {
  for (Index n = 0; n < N; ++n) {
    for (Index i = 0; i < block; ++i) {
      for (Index j = 0; j < block; ++j) {
        for (Index c = 0; c < C; ++c) {
          for (Index h = 0; h < H; ++h) {
            for (Index w = 0; w < W; ++w) {
              output[((n * C + c) * H * block + h * block + i) * W * block + w * block + j] =
                  input[(((n * block + i) * block + j) * C + c) * H * W + h * W + w];
            }
          }
        }
      }
    }
  }
}

void run(In input, Out output, Index N, Index C, Index H, Index W, Index block) {
  KERNEL(depth_to_space, input, output, N, C, H, W, block);
}
