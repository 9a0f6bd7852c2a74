// expect: none
// dim: features=8462
#include <cstdint>
void mul_tiles_bcast_rows(std::uint32_t a, std::uint32_t b, std::uint32_t i, std::uint32_t j, std::uint32_t dst);
void add_binary_tile(std::uint32_t a, std::uint32_t b);
void pack_tile(std::uint32_t from, std::uint32_t to);
void row(std::uint32_t features) {
  constexpr std::uint32_t sum_register = 0, working_register = 1, input = 0, gamma = 1, output = 16;
  const std::uint32_t tiles = (features + 31) / 32;
  for (std::uint32_t t = 0; t < tiles; ++t) {
    if (t == 0) {
      mul_tiles_bcast_rows(input, gamma, t, t, sum_register);
    } else {
      mul_tiles_bcast_rows(input, gamma, t, t, working_register);
      add_binary_tile(sum_register, working_register);
    }
  }
  pack_tile(sum_register, output);
}
