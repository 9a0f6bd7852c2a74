// A file as read-only memory. Pages are read by the kernel only where they are touched.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "load/parsed.hpp"

namespace costscan {

struct MappedFile {
  std::shared_ptr<const std::byte> owner;  ///< unmaps with its last user
  std::span<const std::byte> bytes;
};

/// Maps a regular file; an empty one gives empty bytes. Errors say why (missing, directory, permission, ...), without
/// the file's name.
[[nodiscard]] Parsed<MappedFile> map_file(const std::filesystem::path& path);

}  // namespace costscan
