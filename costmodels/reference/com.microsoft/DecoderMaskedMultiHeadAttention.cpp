// Multi-head attention of one new position over a cache.
#include "../reference.hpp"
#include "../templates/attention.hpp"

void run(In query, In key, In value, In past_key, In past_value, Out output, Out present_key, Out present_value,
         Out scores, Out maximum, Out exponentials, Out sums, Out weights, Index b, Index h, Index t, Index d,
         Index past, real factor) {
  KERNEL(append, past_key, key, present_key, b, h, past, t - past, d, true);
  KERNEL(append, past_value, value, present_value, b, h, past, t - past, d, true);
  KERNEL(qk, query, present_key, scores, b, h, h, 1, t, d, true, false);
  KERNEL(scale, scores, b * h * t, factor);
  KERNEL(row_max, scores, maximum, b * h, t);
  KERNEL(exp_sum, scores, maximum, exponentials, sums, b * h, t);
  KERNEL(divide, exponentials, sums, weights, b * h, t);
  KERNEL(pv, weights, present_value, output, b, h, h, 1, t, d, true, false);
}
