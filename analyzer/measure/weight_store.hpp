// Where weight bytes live while a model is measured: views of mapped files, or one anonymous mapping for what is made
// up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "model/result.hpp"

namespace costscan {

/// Zeroed private memory in pages of its own, of the usual size: weights in huge pages would run faster than a user's
/// do. Released with its owner.
struct AnonymousMemory {
  std::shared_ptr<std::byte> owner;
  std::span<std::byte> bytes;
};

/// Error (measurement) where the system gives no more.
[[nodiscard]] Result<AnonymousMemory> anonymous_memory(std::int64_t bytes);

struct MappedRange {
  std::shared_ptr<const std::byte> owner;
  std::span<const std::byte> bytes;
};

/// Part of a file, read-only. Error (input) that names the file where it is absent or shorter than offset + length.
[[nodiscard]] Result<MappedRange> map_range(const std::filesystem::path& file, std::int64_t offset,
                                            std::int64_t length);

}  // namespace costscan
