#include "store/file_pieces.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>

#include "model/text.hpp"

namespace costscan {
namespace {

/// All bytes to the descriptor. Returns errno or 0.
int put_bytes(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// In small buffers, however long the stretch. Returns errno or 0.
int put_stretch(int descriptor, const SourceStretch& stretch) {
  const int source = ::open(stretch.file.c_str(), O_RDONLY | O_CLOEXEC);
  if (source < 0) return errno;
  constexpr std::uint64_t most = std::uint64_t{1} << 20;
  std::vector<char> buffer(std::min(most, stretch.length));
  int error = 0;
  for (std::uint64_t done = 0; done < stretch.length && error == 0;) {
    const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), stretch.length - done);
    const ssize_t got = ::pread(source, buffer.data(), wanted, static_cast<off_t>(stretch.offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      error = got < 0 ? errno : EIO;  // the file has become shorter
      break;
    }
    error = put_bytes(descriptor, {buffer.data(), static_cast<std::size_t>(got)});
    done += static_cast<std::uint64_t>(got);
  }
  ::close(source);
  return error;
}

tl::unexpected<Error> not_written(const std::filesystem::path& path, int error) {
  return fail(ErrorKind::output, fmt::format("cannot write '{}': {}; free some space or choose another path with -o",
                                             printable(path.string()), std::strerror(error)));
}

}  // namespace

void PieceList::add(std::string_view bytes) {
  size_ += bytes.size();
  if (bytes.empty()) return;
  if (pieces_.empty() || !std::holds_alternative<std::string>(pieces_.back())) pieces_.emplace_back(std::string());
  std::get<std::string>(pieces_.back()) += bytes;
}

void PieceList::add(const SourceStretch& stretch) {
  size_ += stretch.length;
  if (stretch.length == 0) return;
  auto* const last = pieces_.empty() ? nullptr : std::get_if<SourceStretch>(&pieces_.back());
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
      add(std::get<SourceStretch>(piece));
    }
  }
}

Result<void> write_pieces_whole(const std::filesystem::path& path, const FilePieces& pieces) {
  const std::filesystem::path temporary = path.string() + ".tmp" + std::to_string(::getpid());
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return not_written(path, errno);
  int error = 0;
  for (const auto& piece : pieces) {
    const auto* bytes = std::get_if<std::string>(&piece);
    error = bytes != nullptr ? put_bytes(descriptor, *bytes) : put_stretch(descriptor, std::get<SourceStretch>(piece));
    if (error != 0) break;
  }
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(temporary.c_str());
  return not_written(path, error);
}

bool same_file_contents(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code error;
  const auto size = std::filesystem::file_size(a, error);
  if (error || std::filesystem::file_size(b, error) != size || error) return false;
  std::ifstream left(a, std::ios::binary);
  std::ifstream right(b, std::ios::binary);
  std::vector<char> one(std::size_t{1} << 20);
  std::vector<char> other(one.size());
  while (left && right) {
    left.read(one.data(), static_cast<std::streamsize>(one.size()));
    right.read(other.data(), static_cast<std::streamsize>(other.size()));
    if (left.gcount() != right.gcount() || !std::equal(one.begin(), one.begin() + left.gcount(), other.begin())) {
      return false;
    }
  }
  return left.eof() && right.eof();
}

}  // namespace costscan
