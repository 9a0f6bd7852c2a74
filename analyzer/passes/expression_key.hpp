// Equality of nodes and constants, as text keys.
#pragma once

#include <optional>
#include <string>

#include "model/graph.hpp"

namespace costscan {

/// A key that two tensors share only if their types, shapes and bytes are equal. `bulk`: 0 for the bytes themselves;
/// else larger tensors have only a digest of as many bytes in it, and are equal only where their bytes are, too.
/// nullopt: its bytes are not here.
[[nodiscard]] std::optional<std::string> tensor_key(const Tensor& tensor, std::size_t bulk = 0);

/// Operator and attributes, as the file states them, sorted by name; nullopt where an attribute cannot be compared
/// (a graph, a tensor whose bytes are elsewhere).
[[nodiscard]] std::optional<std::string> operator_key(const Node& node);

template <class T>
void append_raw(std::string& key, const T& value) {
  key.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace costscan
