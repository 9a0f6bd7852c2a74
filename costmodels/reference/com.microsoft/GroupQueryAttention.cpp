// Attention whose key and value heads serve groups of query heads, with rotary embedding and a cache.
#include "../reference.hpp"
#include "../templates/attention.hpp"

/// Turns query and key heads by the angles of their positions; both sit packed, [b, s, heads, d].
void rotary(In query, In key, In cos_cache, In sin_cache, Out turned_query, Out turned_key, Index b, Index s, Index h,
            Index g, Index d, Index past) {
  const Index half = d / 2;
  for (Index n = 0; n < b; ++n) {
    for (Index i = 0; i < s; ++i) {
      for (Index e = 0; e < half; ++e) {
        const real c = cos_cache[(past + i) * half + e];
        const real w = sin_cache[(past + i) * half + e];
        for (Index head = 0; head < h; ++head) {
          const Index at = ((n * s + i) * h + head) * d + e;
          turned_query[at] = c * query[at] - w * query[at + half];
          turned_query[at + half] = w * query[at] + c * query[at + half];
        }
        for (Index head = 0; head < g; ++head) {
          const Index at = ((n * s + i) * g + head) * d + e;
          turned_key[at] = c * key[at] - w * key[at + half];
          turned_key[at + half] = w * key[at] + c * key[at + half];
        }
      }
    }
  }
}

/// How many positions each sequence holds.
void read_lengths(InIndices32 seqlens_k, InIndices32 total_sequence_length, HeldIndices lengths, Index b) {
  for (Index n = 0; n < b; ++n) lengths[n] = seqlens_k[n];
  lengths[b] = total_sequence_length[0];
}

void run(In query, In key, In value, In past_key, In past_value, InIndices32 seqlens_k,
         InIndices32 total_sequence_length, In cos_cache, In sin_cache, Out output, HeldIndices lengths,
         Out present_key, Out present_value, Out turned_query, Out turned_key, Out scores, Out capped, Out maximum,
         Out exponentials, Out sums, Out weights, Index b, Index h, Index g, Index s, Index t, Index d, real factor,
         real cap) {
  In queries = query;
  In keys = key;
  if (cos_cache) {
    KERNEL(rotary, query, key, cos_cache, sin_cache, turned_query, turned_key, b, s, h, g, d, t - s);
    queries = turned_query;
    keys = turned_key;
  }
  KERNEL_AS(append, read_lengths, seqlens_k, total_sequence_length, lengths, b);
  KERNEL(append, past_key, keys, present_key, b, g, t - s, s, d, true);
  KERNEL(append, past_value, value, present_value, b, g, t - s, s, d, true);
  KERNEL(qk, queries, present_key, scores, b, h, g, s, t, d, true, false);
  KERNEL(scale, scores, b * h * s * t, factor);
  In x = scores;
  Held hidden = scores;
  if (capped) {
    KERNEL(softcap, x, capped, b * h * s * t, cap);
    x = capped;
    hidden = capped;
  }
  KERNEL_AS(scale, hide, hidden, b * h, s, t, t - s);
  KERNEL(row_max, x, maximum, b * h * s, t);
  KERNEL(exp_sum, x, maximum, exponentials, sums, b * h * s, t);
  KERNEL(divide, exponentials, sums, weights, b * h * s, t);
  KERNEL(pv, weights, present_value, output, b, h, g, s, t, d, true, false);
}
