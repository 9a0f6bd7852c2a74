// Depthwise causal convolution whose last inputs are kept as state for the next call.
#include "../reference.hpp"
#include "../templates/causal_conv.hpp"

void run(In input, In weight, In bias, In past_state, Out output, Out present_state, Index batch, Index C, Index L,
         Index k, bool activated) {
  KERNEL(conv, input, weight, past_state, output, batch, C, L, k);
  if (bias) KERNEL_AS(bias, add_bias, output, bias, batch, C, L);
  if (activated) KERNEL_AS(activation, silu, output, batch * C * L);
  KERNEL_AS(state, keep, input, present_state, batch * C, L, k);
}
