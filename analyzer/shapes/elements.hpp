// Index arithmetic over small known tensors: broadcasting, strides, picking elements. Shared by the value rules.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "shapes/values.hpp"

namespace costscan {

using Indices = std::vector<std::int64_t>;

/// Elements of a shape that is known to be small.
[[nodiscard]] std::int64_t count_of(const Shape& dims) noexcept;

/// Row-major strides.
[[nodiscard]] Indices strides_of(const Shape& dims);

/// For each element of `out`, the flat index in a tensor of `in` that broadcasts to it; nullopt where it does not.
[[nodiscard]] std::optional<Indices> broadcast_indices(const Shape& in, const Shape& out);

/// Calls `visit(flat index, coordinates)` for every element of `dims` in row-major order.
void for_each_element(const Shape& dims, const std::function<void(std::int64_t, const Indices&)>& visit);

/// Axis in [0, rank), or nullopt.
[[nodiscard]] std::optional<std::size_t> normal_axis(std::int64_t axis, std::size_t rank) noexcept;

/// Picks elements of `pool`'s tensors laid end to end; a null result where an index lies outside.
[[nodiscard]] KnownPtr pick(std::span<const KnownValue* const> pool, const Indices& indices, DType dtype, Shape dims);
[[nodiscard]] KnownPtr pick(const KnownValue& source, const Indices& indices, DType dtype, Shape dims);

/// Number of elements that the value holds.
[[nodiscard]] std::int64_t size_of(const KnownValue& value) noexcept;

/// Whether the dtype's elements live in `ints` (bool and integers).
[[nodiscard]] bool holds_ints(DType dtype) noexcept;

/// The value as the dtype would hold it: float32 and narrower are rounded, integers wrapped to their width.
[[nodiscard]] double rounded_to(DType dtype, double value) noexcept;
[[nodiscard]] std::int64_t wrapped_to(DType dtype, std::int64_t value) noexcept;

}  // namespace costscan
