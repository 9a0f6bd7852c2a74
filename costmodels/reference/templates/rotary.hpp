// Pairs of elements of each head turned by angles of their position. No include guard: each operator's namespace has
// its own copy.
#include "../reference.hpp"

/// heads vectors of `head` elements at each of s positions, whose first `rotated` elements turn in pairs.
void rotate(In input, In cos_cache, In sin_cache, InIndices position_ids, Out output, Index b, Index heads, Index s,
            Index head, Index rotated, bool interleaved, bool heads_first) {
  const Index half = rotated / 2;
  for (Index n = 0; n < b; ++n) {
    for (Index i = 0; i < s; ++i) {
      const Index position = position_ids[n * s + i];
      for (Index h = 0; h < heads; ++h) {
        const Index at = (heads_first ? (n * heads + h) * s + i : (n * s + i) * heads + h) * head;
        for (Index e = 0; e < half; ++e) {
          const Index one = interleaved ? 2 * e : e;
          const Index other = interleaved ? 2 * e + 1 : e + half;
          const real c = cos_cache[position * half + e];
          const real w = sin_cache[position * half + e];
          const real first = input[at + one];
          const real second = input[at + other];
          output[at + one] = c * first - w * second;
          output[at + other] = w * first + c * second;
        }
        for (Index e = rotated; e < head; ++e) output[at + e] = input[at + e];
      }
    }
  }
}
