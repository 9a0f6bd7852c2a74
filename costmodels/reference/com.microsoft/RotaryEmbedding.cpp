// Rotates pairs of elements of each head by angles of their position.
#include "../reference.hpp"
#include "../templates/rotary.hpp"

void run(In input, In cos_cache, In sin_cache, InIndices position_ids, Out output, Index b, Index heads, Index s,
         Index head, Index rotated, bool interleaved, bool heads_first) {
  KERNEL(rotate, input, cos_cache, sin_cache, position_ids, output, b, heads, s, head, rotated, interleaved,
         heads_first);
}
