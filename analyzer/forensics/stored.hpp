// Constants as the file stores them: sizes and, where they are in line, contents to compare.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/graph.hpp"

namespace costscan::forensics {

/// Bytes that an initializer takes in the file (or in the file beside it); 0 where they are not stated.
[[nodiscard]] std::int64_t stored_bytes(const Graph& graph, ValueId initializer);
[[nodiscard]] std::int64_t stored_bytes(const Tensor& tensor) noexcept;

/// Type, shape and bytes as one text that is equal for equal constants; nullopt for external ones and those without
/// bytes.
[[nodiscard]] std::optional<std::string> contents_key(const Tensor& tensor);

/// The constant of a Constant node of whichever attribute (value, value_int, value_floats, ...); nullopt for a sparse
/// or string one, and for other nodes.
[[nodiscard]] std::optional<std::string> contents_key(const Node& constant);

}  // namespace costscan::forensics
