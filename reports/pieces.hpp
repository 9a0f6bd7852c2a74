// Reports that repeat most of a large file: made of bytes, and of stretches of that file which nobody has to hold.
#pragma once

#include <filesystem>

#include "files/file_pieces.hpp"

namespace costscan {

using ReportPieces = FilePieces;

/// A file that the report refers to by a path relative to itself.
struct Companion {
  std::filesystem::path file;      ///< where it lies now
  std::filesystem::path location;  ///< where the report looks for it, from its own folder
};

}  // namespace costscan
