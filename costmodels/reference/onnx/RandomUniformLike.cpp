// Uniformly distributed random numbers in the shape of another tensor.
#include "../reference.hpp"
#include "../templates/random.hpp"

void run(HeldIn uniforms, Out output, Index n, real low, real width) {
  KERNEL_AS(random, uniform, uniforms, output, n, low, width);
}
