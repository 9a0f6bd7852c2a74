// Reports that repeat most of a large file: made of bytes, and of stretches of that file which nobody has to hold.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace costscan {

struct FileStretch {
  std::filesystem::path file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// In order.
using ReportPieces = std::vector<std::variant<std::string, FileStretch>>;

/// A file that the report refers to by a path relative to itself.
struct Companion {
  std::filesystem::path file;      ///< where it lies now
  std::filesystem::path location;  ///< where the report looks for it, from its own folder
};

}  // namespace costscan
