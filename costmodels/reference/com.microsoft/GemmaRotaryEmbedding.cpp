// Rotates queries and keys by angles whose sine and cosine it takes itself.
#include "../reference.hpp"

void angles(In emb, Held sines, Held cosines, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real angle = emb[i];
    sines[i] = sin(angle);
    cosines[i] = cos(angle);
  }
}

/// [b, heads, size] with the angles of each of b sequences for all of its heads.
void rotate(In x, In turned, Held sines, Held cosines, Out output, Index b, Index heads, Index size) {
  for (Index n = 0; n < b; ++n) {
    for (Index h = 0; h < heads; ++h) {
      for (Index i = 0; i < size; ++i) {
        const Index at = (n * heads + h) * size + i;
        output[at] = x[at] * cosines[n * size + i] + turned[at] * sines[n * size + i];
      }
    }
  }
}

void run(In emb, In q, In q_rot, In k, In k_rot, Out output1, Out output2, Held sines, Held cosines, Index b,
         Index heads, Index size) {
  KERNEL(angles, emb, sines, cosines, b * size);
  KERNEL(rotate, q, q_rot, sines, cosines, output1, b, heads, size);
  KERNEL(rotate, k, k_rot, sines, cosines, output2, b, heads, size);
}
