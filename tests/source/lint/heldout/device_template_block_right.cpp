// expect: none
#include <cstdint>
void matmul_tiles(uint32_t a, uint32_t b, uint32_t i, uint32_t j, uint32_t dst);
void pack_tile(uint32_t dst, uint32_t cb);
void tile_regs_acquire();
template <uint32_t Mt, uint32_t Kt, uint32_t Nt>
void matmul() {
  for (uint32_t m = 0; m < Mt; ++m)
    for (uint32_t n = 0; n < Nt; ++n) {
      tile_regs_acquire();
      for (uint32_t k = 0; k < Kt; ++k) matmul_tiles(0, 1, m * Kt + k, k * Nt + n, 0);
      pack_tile(0, 16);
    }
}
void kernel_main() { matmul<4, 8, 4>(); }
