// Routes each token to its best experts and sums their two- or three-matrix networks.
#include "../reference.hpp"
#include "../templates/activation.hpp"
#include "../templates/mixture.hpp"

/// Each token times the weights [experts, outputs, inputs] of its expert, plus its bias.
void expert_product(In X, HeldIndices chosen, In weights, Held Y, Index tokens, Index outputs, Index inputs) {
  for (Index t = 0; t < tokens; ++t) {
    const Index e = chosen[t];
    for (Index n = 0; n < outputs; ++n) {
      real sum = 0.0F;
      for (Index k = 0; k < inputs; ++k) sum += X[t * inputs + k] * weights[(e * outputs + n) * inputs + k];
      Y[t * outputs + n] = sum;
    }
  }
}

void run(In input, In router_probs, In fc1_experts_weights, In fc2_experts_weights, Out output, Held exponentials,
         OutIndices chosen, Out share, Held first, Out inner, Held second, Out outer, Index tokens, Index experts,
         Index H, Index width) {
  KERNEL(route, router_probs, exponentials, chosen, share, tokens, experts);
  KERNEL_AS(fc1, expert_product, input, chosen, fc1_experts_weights, first, tokens, width, H);
  KERNEL_AS(activation, relu, first, tokens * width);
  KERNEL_AS(fc1, store, first, inner, tokens * width);
  KERNEL_AS(fc2, expert_product, inner, chosen, fc2_experts_weights, second, tokens, H, width);
  KERNEL_AS(fc2, store, second, outer, tokens * H);
  KERNEL(combine, outer, share, output, tokens, H);
}
