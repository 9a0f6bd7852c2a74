// ONNX Runtime com.microsoft.MultiHeadAttention-1: attention over packed heads, with biases, masks and a cache.
#include "../reference.hpp"
#include "../templates/attention.hpp"

/// One row of biases for every position.
void add_bias(In X, In row, Out biased, Index rows, Index width) {
  for (Index r = 0; r < rows; ++r) {
    for (Index i = 0; i < width; ++i) biased[r * width + i] = X[r * width + i] + row[i];
  }
}

void run(In query, In key, In value, In bias, In attention_bias, In past_key, In past_value, Out output,
         Out present_key, Out present_value, Out Q, Out K, Out V, Out scores, Out masked, Out maximum, Out exponentials,
         Out sums, Out weights, Index b, Index h, Index s, Index t, Index dk, Index dv, Index past, real factor,
         Index mask_b, Index mask_h, bool causal) {
  In queries = query;
  In keys = key;
  In values = value;
  if (bias) {
    KERNEL_AS(bias, add_bias, query, bias, Q, b * s, h * dk);
    KERNEL_AS(bias, add_bias, key, bias + h * dk, K, b * (t - past), h * dk);
    KERNEL_AS(bias, add_bias, value, bias + 2 * h * dk, V, b * (t - past), h * dv);
    queries = Q;
    keys = K;
    values = V;
  }
  const bool cached = bool(present_key);
  if (cached) {
    KERNEL_AS(concat, append, past_key, keys, present_key, b, h, past, t - past, dk, true);
    KERNEL_AS(concat, append, past_value, values, present_value, b, h, past, t - past, dv, true);
    keys = present_key;
    values = present_value;
  }
  KERNEL(qk, queries, keys, scores, b, h, h, s, t, dk, true, !cached);
  KERNEL(scale, scores, b * h * s * t, factor);
  if (causal) KERNEL_AS(scale, hide, scores, b * h, s, t, past);
  In x = scores;
  if (attention_bias) {
    KERNEL(mask, x, attention_bias, masked, b, h, mask_b, mask_h, s, t);
    x = masked;
  }
  KERNEL(row_max, x, maximum, b * h * s, t);
  KERNEL(exp_sum, x, maximum, exponentials, sums, b * h * s, t);
  KERNEL(divide, exponentials, sums, weights, b * h * s, t);
  KERNEL(pv, weights, values, output, b, h, h, s, t, dv, true, !cached);
}
