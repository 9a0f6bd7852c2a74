// Integer arithmetic that reports overflow instead of wrapping. Sizes and counts come from files we do not trust.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace costscan {

/// a + b, or nullopt where it leaves int64.
[[nodiscard]] constexpr std::optional<std::int64_t> checked_add(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t out = 0;
  return __builtin_add_overflow(a, b, &out) ? std::nullopt : std::optional<std::int64_t>(out);
}

/// a * b, or nullopt where it leaves int64.
[[nodiscard]] constexpr std::optional<std::int64_t> checked_mul(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t out = 0;
  return __builtin_mul_overflow(a, b, &out) ? std::nullopt : std::optional<std::int64_t>(out);
}

/// Number of elements of a shape (1 for a scalar); nullopt on overflow or a negative dimension.
[[nodiscard]] constexpr std::optional<std::int64_t> element_count(std::span<const std::int64_t> dims) noexcept {
  // A zero anywhere makes the tensor empty, however absurd the other dimensions are.
  for (const std::int64_t dim : dims) {
    if (dim < 0) return std::nullopt;
  }
  for (const std::int64_t dim : dims) {
    if (dim == 0) return 0;
  }
  std::int64_t count = 1;
  for (const std::int64_t dim : dims) {
    if (__builtin_mul_overflow(count, dim, &count)) return std::nullopt;
  }
  return count;
}

}  // namespace costscan
