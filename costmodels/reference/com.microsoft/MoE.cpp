// Routes each token to its best experts and sums their two- or three-matrix networks.
#include "../reference.hpp"
#include "../templates/activation.hpp"

/// Softmax over the experts, and the best of them; one expert for each token.
void route(In router_probs, Held exponentials, OutIndices chosen, Out share, Index tokens, Index experts) {
  for (Index t = 0; t < tokens; ++t) {
    real best = lowest;
    for (Index e = 0; e < experts; ++e) best = fmax(best, router_probs[t * experts + e]);
    real sum = 0.0F;
    for (Index e = 0; e < experts; ++e) {
      const real x = exp(router_probs[t * experts + e] - best);
      exponentials[e] = x;
      sum += x;
    }
    real most = lowest;
    Index at = 0;
    for (Index e = 0; e < experts; ++e) {
      const real p = exponentials[e] / sum;
      if (p > most) {
        most = p;
        at = e;
      }
    }
    chosen[t] = at;
    share[t] = most;
  }
}

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

void store(Held values, Out to, Index n) {
  for (Index i = 0; i < n; ++i) to[i] = values[i];
}

/// One expert for each token: its result, weighed, added to nothing else.
void combine(In X, In share, Out output, Index tokens, Index H) {
  for (Index t = 0; t < tokens; ++t) {
    const real weight = share[t];
    for (Index h = 0; h < H; ++h) {
      real sum = 0.0F;
      sum += weight * X[t * H + h];
      output[t * H + h] = sum;
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
