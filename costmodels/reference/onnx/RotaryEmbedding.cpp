// Rotates pairs of elements of each head by angles of their position.
#include "../reference.hpp"

/// heads vectors of `head` elements at each of s positions, whose first `rotated` elements turn in pairs.
void rotate(In X, In cos_cache, In sin_cache, InIndices position_ids, Out Y, Index b, Index heads, Index s, Index head,
            Index rotated, bool interleaved, bool heads_first) {
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
          const real first = X[at + one];
          const real second = X[at + other];
          Y[at + one] = c * first - w * second;
          Y[at + other] = w * first + c * second;
        }
        for (Index e = rotated; e < head; ++e) Y[at + e] = X[at + e];
      }
    }
  }
}

void run(In X, In cos_cache, In sin_cache, InIndices position_ids, Out Y, Index b, Index heads, Index s, Index head,
         Index rotated, bool interleaved, bool heads_first) {
  KERNEL(rotate, X, cos_cache, sin_cache, position_ids, Y, b, heads, s, head, rotated, interleaved, heads_first);
}
