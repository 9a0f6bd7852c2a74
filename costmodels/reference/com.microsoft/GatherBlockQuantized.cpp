// Takes rows of a block-quantised table and dequantises them.
#include "../reference.hpp"

/// Rows of four-bit codes, the low half of each byte first; without zero points the middle of the range is subtracted.
void gather(InPacked data, InIndices indices, In scales, Out output, Index n, Index K, Index block) {
  for (Index i = 0; i < n; ++i) {
    const Index row = indices[i];
    for (Index k = 0; k < K; k += 2) {
      const Index pair = Index(data[(row * K + k) / 2]);
      const integer low = integer(std::int32_t(pair & 15)) - 8;
      const integer high = integer(std::int32_t((pair >> 4) & 15)) - 8;
      const real step = scales[(row * K + k) / block];
      output[i * K + k] = real(low) * step;
      output[i * K + k + 1] = real(high) * step;
    }
  }
}

void run(InPacked data, InIndices indices, In scales, Out output, Index n, Index K, Index block) {
  KERNEL(gather, data, indices, scales, output, n, K, block);
}
