// A constant tensor of a model file: its type, its shape, and where its bytes lie. Bulk bytes are never copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "model/dtype.hpp"

namespace costscan {

using Shape = std::vector<std::int64_t>;

/// Bytes of a memory-mapped file; whoever holds one keeps the mapping alive.
struct MappedBytes {
  std::shared_ptr<const std::byte> owner;  ///< the mapping; released with its last user
  std::span<const std::byte> bytes;        ///< little-endian packed elements, not aligned
};

/// Small tensors decoded from typed protobuf fields (int64_data, float_data, ...): packed little-endian, like raw_data.
struct OwnedBytes {
  std::vector<std::byte> bytes;
};

/// Bytes in another file. Analysis goes on without them; only executing and folding need them.
struct ExternalBytes {
  enum class State {
    present,   ///< the file exists and is long enough
    missing,   ///< no such file
    too_short  ///< the file ends before offset + length
  };
  std::filesystem::path file;  ///< resolved inside the model's folder
  std::int64_t offset = 0;
  std::int64_t length = 0;
  State state = State::missing;
};

using TensorStorage = std::variant<std::monostate,  // the file states no bytes at all
                                   OwnedBytes, MappedBytes, ExternalBytes, std::vector<std::string>>;

struct Tensor {
  std::string name;
  DType dtype = DType::undefined;
  Shape dims;  ///< never negative; the element count fits int64 (verified on load)
  TensorStorage storage;
};

/// COO tensor: `values` of dims [nnz], `indices` of dims [nnz] or [nnz, rank]; onnx.proto SparseTensorProto.
struct SparseTensor {
  Tensor values;
  Tensor indices;
  Shape dims;
};

/// The bytes where they are in memory (owned or mapped); nullopt for external, string and absent data.
[[nodiscard]] std::optional<std::span<const std::byte>> bytes_in_memory(const Tensor& tensor) noexcept;

/// Number of elements; the loader has verified that it fits.
[[nodiscard]] std::int64_t element_count(const Tensor& tensor) noexcept;

/// Elements of an in-memory integer or bool tensor, widened to int64 (int4 unpacked); nullopt otherwise.
[[nodiscard]] std::optional<std::vector<std::int64_t>> integer_elements(const Tensor& tensor);

/// Elements of an in-memory floating tensor, widened to double; nullopt otherwise.
[[nodiscard]] std::optional<std::vector<double>> floating_elements(const Tensor& tensor);

}  // namespace costscan
