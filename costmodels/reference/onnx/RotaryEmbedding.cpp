// Rotates pairs of elements of each head by angles of their position.
#include "../reference.hpp"
#include "../templates/rotary.hpp"

void run(In X, In cos_cache, In sin_cache, InIndices position_ids, Out Y, Index b, Index heads, Index s, Index head,
         Index rotated, bool interleaved, bool heads_first) {
  KERNEL(rotate, X, cos_cache, sin_cache, position_ids, Y, b, heads, s, head, rotated, interleaved, heads_first);
}
