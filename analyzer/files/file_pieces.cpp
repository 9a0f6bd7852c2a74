#include "files/file_pieces.hpp"

namespace costscan {

void PieceList::add(std::string_view bytes) {
  size_ += bytes.size();
  if (bytes.empty()) return;
  if (pieces_.empty() || !std::holds_alternative<std::string>(pieces_.back())) pieces_.emplace_back(std::string());
  std::get<std::string>(pieces_.back()) += bytes;
}

void PieceList::add(const FileStretch& stretch) {
  size_ += stretch.length;
  if (stretch.length == 0) return;
  auto* const last = pieces_.empty() ? nullptr : std::get_if<FileStretch>(&pieces_.back());
  if (last != nullptr && last->file == stretch.file && last->offset + last->length == stretch.offset) {
    last->length += stretch.length;
    return;
  }
  pieces_.emplace_back(stretch);
}

void PieceList::add(PieceList other) {
  for (auto& piece : other.pieces_) {
    if (const auto* bytes = std::get_if<std::string>(&piece)) {
      add(std::string_view(*bytes));
    } else {
      add(std::get<FileStretch>(piece));
    }
  }
}

}  // namespace costscan
