// A file put together from bytes in memory and stretches of other files, which are never read whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/result.hpp"

namespace costscan {

/// Part of a file, copied as it is.
struct SourceStretch {
  std::filesystem::path file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

using FilePieces = std::vector<std::variant<std::string, SourceStretch>>;

/// Pieces in order, neighbours joined.
class PieceList {
 public:
  void add(std::string_view bytes);
  void add(const SourceStretch& stretch);
  void add(PieceList other);
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] const FilePieces& pieces() const noexcept { return pieces_; }
  [[nodiscard]] FilePieces take() && { return std::move(pieces_); }

 private:
  FilePieces pieces_;
  std::uint64_t size_ = 0;
};

/// Writes through a temporary file in the same folder and renames it, so that readers see all or nothing. Error
/// (output) names the path and the system's reason.
[[nodiscard]] Result<void> write_pieces_whole(const std::filesystem::path& path, const FilePieces& pieces);

/// The same bytes in both files; false where one cannot be read.
[[nodiscard]] bool same_file_contents(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace costscan
