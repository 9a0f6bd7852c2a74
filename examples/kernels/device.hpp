// Just enough of a tile processor's interface for the kernels here to compile alone. A tile is 32 x 32 elements; tiles
// come from circular buffers, results live in registers of one tile each. What the calls do to the registers is not
// visible from C++: effects.yaml says it.
#pragma once

#include <cstdint>

namespace device {

inline constexpr std::uint32_t tile_width = 32;

/// Waits until `count` tiles lie in the buffer, and gives them back.
void wait_front(std::uint32_t buffer, std::uint32_t count);
void pop_front(std::uint32_t buffer, std::uint32_t count);
void reserve_back(std::uint32_t buffer, std::uint32_t count);
void push_back(std::uint32_t buffer, std::uint32_t count);

void acquire_registers();
void release_registers();

/// target = a[a_tile] * b[b_tile], where the row of b serves all rows of a.
void mul_tiles_bcast_rows(std::uint32_t a, std::uint32_t b, std::uint32_t a_tile, std::uint32_t b_tile,
                          std::uint32_t target);

/// first = first + second, both registers.
void add_binary_tile(std::uint32_t first, std::uint32_t second);

/// Sets what lies beyond the last feature in a register's tile to zero.
void mask_columns(std::uint32_t target, std::uint32_t valid);

/// Writes a register to the back of a buffer.
void pack_tile(std::uint32_t from, std::uint32_t buffer);

}  // namespace device
