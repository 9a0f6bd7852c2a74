// Backward pass of LayerNormalization: the sum over a row of dy * gamma, needed for dx. WRONG: every tile's product
// overwrites the register that should hold the sum, and only the last tile is added to what it finds there. Of a row of
// 8462 features, 265 tiles, the products of the last two reach the result. dy_gamma_sum_carried.cpp does it right.
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
      if (tile + 1 == tiles) {
        device::mul_tiles_bcast_rows(dy, gamma, 0, tile, working_register);
        device::mask_columns(working_register, last_width);
        device::add_binary_tile(sum_register, working_register);
      } else {
        device::mul_tiles_bcast_rows(dy, gamma, 0, tile, sum_register);
      }
      device::pop_front(dy, 1);
    }
    device::reserve_back(out, 1);
    device::pack_tile(sum_register, out);
    device::push_back(out, 1);
    device::release_registers();
  }
}
