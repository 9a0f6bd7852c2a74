// expect: overwritten_accumulator line 31 contributing 2 of 265
// dim: Wt=265
#include <cstdint>
namespace ckernel {
void tile_regs_acquire();
void tile_regs_commit();
void mul_tiles_bcast_rows_init_short(uint32_t a, uint32_t b);
void mul_tiles_bcast_rows(uint32_t a, uint32_t b, uint32_t i, uint32_t j, uint32_t dst);
void add_binary_tile_init();
void add_binary_tile(uint32_t a, uint32_t b);
void cb_wait_front(uint32_t cb, uint32_t n);
void cb_pop_front(uint32_t cb, uint32_t n);
void pack_tile(uint32_t dst, uint32_t cb);
}  // namespace ckernel
using namespace ckernel;
uint32_t get_compile_time_arg_val(int index);
enum : uint32_t { cb_dy = 0, cb_gamma = 1, cb_out = 2 };
void kernel_main() {
  const uint32_t Wt = get_compile_time_arg_val(0);
  const uint32_t sum_register = 0;
  const uint32_t working_register = 1;
  tile_regs_acquire();
  for (uint32_t col = 0; col < Wt; ++col) {
    cb_wait_front(cb_dy, 1);
    mul_tiles_bcast_rows_init_short(cb_dy, cb_gamma);
    if (col == Wt - 1) {
      mul_tiles_bcast_rows(cb_dy, cb_gamma, 0, col, working_register);
      add_binary_tile_init();
      add_binary_tile(sum_register, working_register);
    } else {
      mul_tiles_bcast_rows(cb_dy, cb_gamma, 0, col, sum_register);
    }
    cb_pop_front(cb_dy, 1);
  }
  tile_regs_commit();
  pack_tile(sum_register, cb_out);
}
