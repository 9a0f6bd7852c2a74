// Matrix product with a weight packed in 4-bit blocks, scales included.
#include "../reference.hpp"
#include "../templates/packed_product.hpp"

/// Column by column, blocks of 32: the scale's four bytes, then 16 bytes of which the low halves are the first 16 codes
/// and the high halves the others. To registers.
void load_blocks(InPacked B, HeldSums codes, Held scales, Index blocks) {
  for (Index b = 0; b < blocks; ++b) {
    std::uint32_t bits = 0;
    for (Index i = 0; i < 4; ++i) bits |= std::uint32_t(B[b * 20 + i] & 255) << (8 * i);
    float scale = 0.0F;
    __builtin_memcpy(&scale, &bits, sizeof(scale));
    scales[b] = scale;
    for (Index i = 0; i < 16; ++i) {
      const int both = B[b * 20 + 4 + i];
      codes[b * 32 + i] = integer(both & 15);
      codes[b * 32 + 16 + i] = integer((both >> 4) & 15);
    }
  }
}

/// The middle of the range, 8, is subtracted.
void unpack(HeldSums codes, HeldIn scales, Held weights, Index n) {
  for (Index i = 0; i < n; ++i) {
    const integer shifted = integer(codes[i]) - 8;
    weights[i] = real(shifted) * scales[i / 32];
  }
}

void run(In A, InPacked B, Out Y, HeldSums codes, Held scales, Held weights, Index M, Index N, Index K) {
  KERNEL_AS(matmul, load_blocks, B, codes, scales, N * K / 32);
  KERNEL_AS(dequantize, unpack, codes, scales, weights, N * K);
  KERNEL(matmul, A, weights, Y, M, N, K);
}
