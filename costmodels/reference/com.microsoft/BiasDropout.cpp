// Adds a bias, drops elements at random while training, and adds a residual. Uniform numbers come from an integer
// generator.
#include "../reference.hpp"

/// One comparison decides whether an element stays, and one product scales it.
void bias_dropout(In data, In bias, In residual, In ratio, InFlags training_mode, HeldIn uniforms, Out output,
                  OutFlags mask, Index rows, Index width) {
  const real dropped = ratio[0];
  const real larger = 1.0F / (1.0F - dropped);
  const real scale = training_mode[0] ? larger : real(1.0F);
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < width; ++j) {
      const Index i = r * width + j;
      const real kept = (data[i] + bias[j]) * scale;
      const bool stays = uniforms[i] >= dropped;
      mask[i] = stays;
      output[i] = (stays ? kept : real(0.0F)) + residual[i];
    }
  }
}

void infer(In data, In bias, Out output, Index rows, Index width) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < width; ++j) output[r * width + j] = data[r * width + j] + bias[j];
  }
}

void run(In data, In bias, In residual, In ratio, InFlags training_mode, HeldIn uniforms, Out output, OutFlags mask,
         Index rows, Index width) {
  if (mask) {
    KERNEL(bias_dropout, data, bias, residual, ratio, training_mode, uniforms, output, mask, rows, width);
  } else {
    KERNEL_AS(bias_dropout, infer, data, bias, output, rows, width);
  }
}
