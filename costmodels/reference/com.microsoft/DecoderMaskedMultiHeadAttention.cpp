// Multi-head attention of one new position over a cache.
#include "../reference.hpp"
#include "../templates/attention.hpp"

/// Writes the new position behind the past ones; the cache is shared with the past and holds t positions.
void append_new(In added, Out cache, Index heads, Index t, Index d) {
  for (Index h = 0; h < heads; ++h) {
    for (Index e = 0; e < d; ++e) cache[(h * t + t - 1) * d + e] = added[h * d + e];
  }
}

void run(In query, In key, In value, Out output, Out keys, Out values, Out scores, Out maximum, Out exponentials,
         Out sums, Out weights, Index b, Index h, Index t, Index d, real factor) {
  KERNEL_AS(append, append_new, key, keys, b * h, t, d);
  KERNEL_AS(append, append_new, value, values, b * h, t, d);
  KERNEL(qk, query, keys, scores, b, h, h, 1, t, d, true, false);
  KERNEL(scale, scores, b * h * t, factor);
  KERNEL(row_max, scores, maximum, b * h, t);
  KERNEL(exp_sum, scores, maximum, exponentials, sums, b * h, t);
  KERNEL(divide, exponentials, sums, weights, b * h, t);
  KERNEL(pv, weights, values, output, b, h, h, 1, t, d, true, false);
}
