// A file put together from bytes in memory and stretches of other files, which are never read whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace costscan {

/// Part of a file, copied as it is.
struct FileStretch {
  std::filesystem::path file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// In order.
using FilePieces = std::vector<std::variant<std::string, FileStretch>>;

/// Pieces in order, neighbours joined.
class PieceList {
 public:
  void add(std::string_view bytes);
  void add(const FileStretch& stretch);
  void add(PieceList other);
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] const FilePieces& pieces() const noexcept { return pieces_; }
  [[nodiscard]] FilePieces take() && { return std::move(pieces_); }

 private:
  FilePieces pieces_;
  std::uint64_t size_ = 0;
};

}  // namespace costscan
