// expect: none
// dim: tiles=265
#include <cstdint>
void mul_tiles_bcast_rows(std::uint32_t a, std::uint32_t b, std::uint32_t i, std::uint32_t j, std::uint32_t dst);
void add_binary_tile(std::uint32_t a, std::uint32_t b, std::uint32_t to);
void pack_tile(std::uint32_t from, std::uint32_t to);
void row(std::uint32_t tiles) {
  constexpr std::uint32_t sum_register = 0;
  for (std::uint32_t t = 0; t < tiles; ++t) {
    const std::uint32_t working = t == 0 ? sum_register : 1U;
    mul_tiles_bcast_rows(0, 1, t, t, working);
    if (t > 0) add_binary_tile(sum_register, working, sum_register);
  }
  pack_tile(sum_register, 16);
}
