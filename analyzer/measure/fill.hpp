// Made-up tensor contents: what the values should look like, and the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "model/dtype.hpp"
#include "model/tensor.hpp"

namespace costscan {

enum class FillKind {
  uniform,   ///< floats in [low, high); for integers rounded down
  normal,    ///< approximately normal floats: mean `low`, standard deviation `high`
  integers,  ///< integers in [low, high]
  ramp,      ///< 0, 1, 2, ... along the last dimension, modulo high + 1
  constant,  ///< `low` everywhere
  corners,   ///< floats about N(0, 1), the first `low` and the last `high`: a NaN or an infinity among numbers
  bits,      ///< every bit pattern (quantised weights); for floats of 8 bits and fewer, without NaN and infinity
};

struct Fill {
  FillKind kind = FillKind::constant;
  double low = 0;
  double high = 0;

  friend bool operator==(const Fill&, const Fill&) = default;
};

[[nodiscard]] std::string to_string(FillKind kind);
/// FillKind::constant for a word that is none of them.
[[nodiscard]] FillKind fill_kind_from_string(const std::string& word);

/// Writes packed little-endian elements of `dtype` over all of `out`, deterministically from `seed`; tensors with
/// different seeds differ (ONNX Runtime shares the packed copies of weights whose bytes are equal). No float written is
/// denormal. `last_dim` is the length of the innermost dimension, for ramps.
void fill_bytes(const Fill& fill, DType dtype, std::int64_t last_dim, std::uint64_t seed, std::span<std::byte> out);

/// A stable hash of a name, to seed a tensor's contents.
[[nodiscard]] std::uint64_t seed_of(std::string_view name) noexcept;

}  // namespace costscan
