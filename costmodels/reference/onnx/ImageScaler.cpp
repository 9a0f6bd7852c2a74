// Scales an image and adds a bias to each channel.
#include "../reference.hpp"

void scale_bias(In input, In biases, Out output, Index N, Index C, Index size, real scale) {
  for (Index n = 0; n < N; ++n) {
    for (Index c = 0; c < C; ++c) {
      for (Index i = 0; i < size; ++i) {
        output[(n * C + c) * size + i] = input[(n * C + c) * size + i] * scale + biases[c];
      }
    }
  }
}

void run(In input, In biases, Out output, Index N, Index C, Index size, real scale) {
  KERNEL(scale_bias, input, biases, output, N, C, size, scale);
}
