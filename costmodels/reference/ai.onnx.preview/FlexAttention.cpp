// Scaled dot-product attention with graphs of the model's own on scores and probabilities.
#include "../reference.hpp"
#include "../templates/attention.hpp"

void run(In Q, In K, In V, Out Y, Out scores, Out maximum, Out exponentials, Out sums, Out weights, Index b, Index h,
         Index g, Index s, Index t, Index dk, Index dv, real factor) {
  KERNEL(qk, Q, K, scores, b, h, g, s, t, dk, false, false);
  KERNEL(scale, scores, b * h * s * t, factor);
  KERNEL(row_max, scores, maximum, b * h * s, t);
  KERNEL(exp_sum, scores, maximum, exponentials, sums, b * h * s, t);
  KERNEL(divide, exponentials, sums, weights, b * h * s, t);
  KERNEL(pv, weights, V, Y, b, h, g, s, t, dv, false, false);
}
