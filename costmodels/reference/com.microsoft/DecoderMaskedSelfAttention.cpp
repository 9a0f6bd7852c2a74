// Projection of one new position to queries, keys and values, and attention over its past.
#include "../reference.hpp"
#include "../templates/attention.hpp"
#include "../templates/projection.hpp"

/// Writes the new position behind the past ones; the cache is shared with the past and holds `room` positions.
void append_new(In added, Out cache, Index heads, Index past, Index room, Index d) {
  for (Index h = 0; h < heads; ++h) {
    for (Index e = 0; e < d; ++e) cache[(h * room + past) * d + e] = added[h * d + e];
  }
}

void run(In input, In weights, In bias, Out output, Out cache, Out projected, Out scores, Out maximum, Out exponentials,
         Out sums, Out shares, Index b, Index h, Index t, Index K, Index d, real factor) {
  const Index third = b * h * d;
  Out values = cache + b * h * t * d;
  KERNEL(project, input, weights, projected, b, K, h * d);
  KERNEL_AS(bias, add_bias, projected, bias, b, h * d);
  KERNEL_AS(append, append_new, projected + third, cache, b * h, t - 1, t, d);
  KERNEL_AS(append, append_new, projected + 2 * third, values, b * h, t - 1, t, d);
  KERNEL(qk, projected, cache, scores, b, h, h, 1, t, d, true, false);
  KERNEL(scale, scores, b * h * t, factor);
  KERNEL(row_max, scores, maximum, b * h, t);
  KERNEL(exp_sum, scores, maximum, exponentials, sums, b * h, t);
  KERNEL(divide, exponentials, sums, shares, b * h, t);
  KERNEL(pv, shares, values, output, b, h, h, 1, t, d, true, false);
}
