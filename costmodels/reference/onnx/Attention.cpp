// ONNX Attention-23: scores of queries and keys, softmax over the keys, weighted sum of the values.
#include "../templates/attention.hpp"

#include "../reference.hpp"

void run(In Q, In K, In V, In attn_mask, In past_key, In past_value, Out Y, Out present_key, Out present_value,
         Out scores, Out capped, Out masked, Out maximum, Out exponentials, Out sums, Out weights, Index b, Index h,
         Index g, Index s, Index t, Index dk, Index dv, Index past, bool packed, bool causal, real factor, real cap,
         Index mask_b, Index mask_h) {
  In keys = K;
  In values = V;
  const bool cached = bool(present_key);
  if (cached) {
    KERNEL_AS(concat, append, past_key, K, present_key, b, g, past, t - past, dk, packed);
    KERNEL_AS(concat, append, past_value, V, present_value, b, g, past, t - past, dv, packed);
    keys = present_key;
    values = present_value;
  }
  KERNEL(qk, Q, keys, scores, b, h, g, s, t, dk, packed, packed && !cached);
  KERNEL(scale, scores, b * h * s * t, factor);
  In x = scores;
  Held hidden = scores;
  if (capped) {
    KERNEL(softcap, x, capped, b * h * s * t, cap);
    x = capped;
    hidden = capped;
  }
  if (causal) KERNEL_AS(scale, hide, hidden, b * h, s, t, past);
  if (attn_mask) {
    KERNEL(mask, x, attn_mask, masked, b, h, mask_b, mask_h, s, t);
    x = masked;
  }
  KERNEL(row_max, x, maximum, b * h * s, t);
  KERNEL(exp_sum, x, maximum, exponentials, sums, b * h * s, t);
  KERNEL(divide, exponentials, sums, weights, b * h * s, t);
  KERNEL(pv, weights, values, Y, b, h, g, s, t, dv, packed, packed && !cached);
}
