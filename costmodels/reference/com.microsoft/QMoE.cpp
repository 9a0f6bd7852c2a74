// Routes each token to its best expert, whose weights are packed in four bits, and sums their networks.
#include "../reference.hpp"
#include "../templates/activation.hpp"
#include "../templates/mixture.hpp"

/// With one expert for each token its share, divided by the sum of the shares of the chosen, is 1.
void divide_shares(Held share, Index tokens) {
  for (Index t = 0; t < tokens; ++t) share[t] = share[t] / share[t];
}

void mark_used(HeldIndices chosen, HeldIndices used, Index tokens, Index experts) {
  for (Index e = 0; e < experts; ++e) used[e] = 0;
  for (Index t = 0; t < tokens; ++t) used[chosen[t]] = 1;
}

/// Codes of the experts that some token uses, n of each, to registers; the low half of each byte first.
void load_used(InPacked packed, HeldIndices used, HeldSums codes, Index experts, Index n) {
  for (Index e = 0; e < experts; ++e) {
    if (used[e] != 0) {
      for (Index i = 0; i < n / 2; ++i) {
        const int both = packed[e * n / 2 + i];
        codes[e * n + 2 * i] = integer(both & 15);
        codes[e * n + 2 * i + 1] = integer((both >> 4) & 15);
      }
    }
  }
}

/// Each row of a weight has one scale; the middle of the range, 8, is subtracted.
void unpack_used(HeldSums codes, In scales, HeldIndices used, Held weights, Index experts, Index rows, Index width) {
  for (Index e = 0; e < experts; ++e) {
    if (used[e] != 0) {
      for (Index r = 0; r < rows; ++r) {
        for (Index i = 0; i < width; ++i) {
          const integer shifted = integer(codes[(e * rows + r) * width + i]) - 8;
          weights[(e * rows + r) * width + i] = real(shifted) * scales[e * rows + r];
        }
      }
    }
  }
}

/// Each token times the weights [experts, outputs, inputs] of its expert.
void expert_product(In X, HeldIndices chosen, HeldIn weights, Held Y, Index tokens, Index outputs, Index inputs) {
  for (Index t = 0; t < tokens; ++t) {
    const Index e = chosen[t];
    for (Index n = 0; n < outputs; ++n) {
      real sum = 0.0F;
      for (Index k = 0; k < inputs; ++k) sum += X[t * inputs + k] * weights[(e * outputs + n) * inputs + k];
      Y[t * outputs + n] = sum;
    }
  }
}

void run(In input, In router_probs, InPacked fc1_experts_weights, In fc1_scales, InPacked fc2_experts_weights,
         In fc2_scales, Out output, Held exponentials, OutIndices chosen, HeldIndices used, Out share, HeldSums codes,
         Held weights, Held first, Out inner, Held second, Out outer, Index tokens, Index experts, Index H,
         Index width) {
  KERNEL(route, router_probs, exponentials, chosen, share, tokens, experts);
  KERNEL_AS(route, divide_shares, share, tokens);
  KERNEL_AS(route, mark_used, chosen, used, tokens, experts);
  KERNEL_AS(fc1, load_used, fc1_experts_weights, used, codes, experts, width * H);
  KERNEL_AS(dequantize, unpack_used, codes, fc1_scales, used, weights, experts, width, H);
  KERNEL_AS(fc1, expert_product, input, chosen, weights, first, tokens, width, H);
  KERNEL_AS(activation, relu, first, tokens * width);
  KERNEL_AS(fc1, store, first, inner, tokens * width);
  KERNEL_AS(fc2, load_used, fc2_experts_weights, used, codes, experts, width * H);
  KERNEL_AS(dequantize, unpack_used, codes, fc2_scales, used, weights, experts, H, width);
  KERNEL_AS(fc2, expert_product, inner, chosen, weights, second, tokens, H, width);
  KERNEL_AS(fc2, store, second, outer, tokens * H);
  KERNEL(combine, outer, share, output, tokens, H);
}
