// expect: overwritten_accumulator line 24 contributing 2 of 264
// effects: tiles.yaml
// dim: Wt=264
#include <cstdint>
void mul_tiles_bcast_rows(uint32_t a, uint32_t b, uint32_t i, uint32_t j, uint32_t dst);
void add_binary_tile(uint32_t a, uint32_t b, uint32_t to);
void mask_tile(uint32_t dst, uint32_t mask);
void cb_wait_front(uint32_t cb, uint32_t n);
void cb_pop_front(uint32_t cb, uint32_t n);
void pack_tile(uint32_t dst, uint32_t cb);
constexpr uint32_t block_size = 4;
constexpr uint32_t cb_dy = 0, cb_gamma = 1, cb_mask = 2, cb_sum = 3;
constexpr uint32_t sum_register = 0, working_register = 1, mask_register = 2;
inline void sum_dy_gamma(uint32_t Wt) {
  for (uint32_t col = 0; col < Wt; col += block_size) {
    cb_wait_front(cb_dy, block_size);
    for (uint32_t block = 0; block < block_size; ++block) {
      const uint32_t tile = col + block;
      if (tile == Wt - 1) {
        mul_tiles_bcast_rows(cb_dy, cb_gamma, block, tile, working_register);
        mask_tile(working_register, mask_register);
        add_binary_tile(sum_register, working_register, sum_register);
      } else {
        mul_tiles_bcast_rows(cb_dy, cb_gamma, block, tile, sum_register);
      }
    }
    cb_pop_front(cb_dy, block_size);
  }
  pack_tile(sum_register, cb_sum);
}
void kernel_main() { sum_dy_gamma(264); }
