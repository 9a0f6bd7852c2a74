// Backward pass of LayerNormalization: the sum over a row of dy * gamma, needed for dx. The first tile's product begins
// the sum, every further one is made in a register of its own and added. dy_gamma_sum_overwritten.cpp has it wrong.
#include "device.hpp"

namespace {

constexpr std::uint32_t dy = 0;
constexpr std::uint32_t gamma = 1;
constexpr std::uint32_t out = 16;

constexpr std::uint32_t sum_register = 0;
constexpr std::uint32_t working_register = 1;

}  // namespace

void dy_gamma_sum(std::uint32_t rows, std::uint32_t features) {
  const std::uint32_t tiles = (features + device::tile_width - 1) / device::tile_width;
  const std::uint32_t last_width = features - (tiles - 1) * device::tile_width;
  for (std::uint32_t row = 0; row < rows; ++row) {
    device::acquire_registers();
    for (std::uint32_t tile = 0; tile < tiles; ++tile) {
      device::wait_front(dy, 1);
      const std::uint32_t target = tile == 0 ? sum_register : working_register;
      device::mul_tiles_bcast_rows(dy, gamma, 0, tile, target);
      if (tile + 1 == tiles) {
        device::mask_columns(target, last_width);
      }
      if (tile > 0) {
        device::add_binary_tile(sum_register, working_register);
      }
      device::pop_front(dy, 1);
    }
    device::reserve_back(out, 1);
    device::pack_tile(sum_register, out);
    device::push_back(out, 1);
    device::release_registers();
  }
}
