// A file as read-only memory, for the tensors that stay in it, and as something to read pieces of, for the walk that
// finds them: touching one header through the map may bring two megabytes around it into memory, reading it does not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

#include "load/parsed.hpp"

namespace costscan {

/// Fills `to` with what lies at `offset`; false where that cannot be read in full.
using ReadAt = std::function<bool(std::uint64_t offset, std::span<std::byte> to)>;

struct MappedFile {
  std::shared_ptr<const std::byte> owner;  ///< unmaps with its last user
  std::span<const std::byte> bytes;
  ReadAt read;  ///< of the same file, without touching the map
};

/// Maps a regular file; an empty one gives empty bytes. Errors say why (missing, directory, permission, ...), without
/// the file's name.
[[nodiscard]] Parsed<MappedFile> map_file(const std::filesystem::path& path);

}  // namespace costscan
