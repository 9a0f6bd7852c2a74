// Passes its input on; while training, drops elements at random and scales the rest.
#include "../reference.hpp"

/// While training at a ratio of 0: every element stays, and is scaled by 1/(1 - 0) all the same.
void drop(In data, In ratio, InFlags training_mode, Out output, OutFlags mask, Index n) {
  const bool training = training_mode[0];
  const real kept = 1.0F - ratio[0];
  const real scale = 1.0F / kept;
  for (Index i = 0; i < n; ++i) {
    mask[i] = training;
    output[i] = data[i] * scale * (training ? 1.0F : 0.0F);
  }
}

void run(In data, In ratio, InFlags training_mode, Out output, OutFlags mask, Index n) {
  KERNEL(drop, data, ratio, training_mode, output, mask, n);
}
