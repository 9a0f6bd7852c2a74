// ONNX Runtime com.microsoft.Attention-1: one projection to queries, keys and values, then attention.
#include "../templates/attention.hpp"

#include "../reference.hpp"
#include "../templates/projection.hpp"

void run(In input, In weights, In bias, In attention_bias, Out output, Out projected, Out scores, Out masked,
         Out maximum, Out exponentials, Out sums, Out shares, Index b, Index h, Index s, Index K, Index d, real factor,
         bool unidirectional, Index mask_b, Index mask_h) {
  const Index third = b * s * h * d;
  KERNEL(project, input, weights, projected, b * s, K, h * d);
  if (bias) KERNEL_AS(bias, add_bias, projected, bias, b * s, h * d);
  KERNEL(qk, projected, projected + third, scores, b, h, h, s, s, d, true, true);
  KERNEL(scale, scores, b * h * s * s, factor);
  if (unidirectional) KERNEL_AS(scale, hide, scores, b * h, s, s, 0);
  In x = scores;
  if (attention_bias) {
    KERNEL(mask, x, attention_bias, masked, b, h, mask_b, mask_h, s, s);
    x = masked;
  }
  KERNEL(row_max, x, maximum, b * h * s, s);
  KERNEL(exp_sum, x, maximum, exponentials, sums, b * h * s, s);
  KERNEL(divide, exponentials, sums, shares, b * h * s, s);
  KERNEL(pv, shares, projected + 2 * third, output, b, h, h, s, s, d, true, true);
}
