#include "files/write_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <functional>
#include <system_error>
#include <vector>

#include "files/temporary.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view choose_another = "choose another path with -o";
constexpr std::string_view free_space = "free some space or choose another path with -o";
constexpr std::uint64_t buffer_bytes = std::uint64_t{1} << 20;

Result<void> cannot_write(const fs::path& path, int error, std::string_view advice) {
  return fail(ErrorKind::output,
              fmt::format("cannot write '{}': {}; {}", printable(path.string()), std::strerror(error), advice));
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

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
int put_stretch(int descriptor, const FileStretch& stretch) {
  const int source = ::open(stretch.file.c_str(), O_RDONLY | O_CLOEXEC);
  if (source < 0) return errno;
  std::vector<char> buffer(std::min(buffer_bytes, stretch.length));
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

/// Puts contents into a descriptor; returns errno or 0.
using Fill = std::function<int(int descriptor)>;

/// Close reports late errors.
int fill_and_close(int descriptor, const Fill& fill) {
  const int error = fill(descriptor);
  return ::close(descriptor) != 0 && error == 0 ? errno : error;
}

Result<void> write_whole(const fs::path& path, const Fill& fill) {
  if (is_special_file(path)) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return cannot_write(path, errno, choose_another);
    const int error = fill_and_close(descriptor, fill);
    return error == 0 ? Result<void>{} : cannot_write(path, error, free_space);
  }
  TemporaryFile draft(path.string() + ".tmp" + std::to_string(::getpid()));
  const int descriptor = ::open(draft.path().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return cannot_write(path, errno, choose_another);
  int error = fill_and_close(descriptor, fill);
  if (error == 0 && ::rename(draft.path().c_str(), path.c_str()) != 0) error = errno;
  return error == 0 ? Result<void>{} : cannot_write(path, error, free_space);
}

/// The same bytes in both; false where one cannot be read.
bool same_contents(const fs::path& a, const fs::path& b) {
  std::error_code error;
  const auto size = fs::file_size(a, error);
  if (error || fs::file_size(b, error) != size || error) return false;
  std::ifstream left(a, std::ios::binary);
  std::ifstream right(b, std::ios::binary);
  std::vector<char> one(buffer_bytes);
  std::vector<char> other(buffer_bytes);
  while (left && right) {
    left.read(one.data(), static_cast<std::streamsize>(one.size()));
    right.read(other.data(), static_cast<std::streamsize>(other.size()));
    if (left.gcount() != right.gcount() || !std::equal(one.begin(), one.begin() + left.gcount(), other.begin())) {
      return false;
    }
  }
  return left.eof() && right.eof();
}

}  // namespace

bool is_special_file(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

Result<void> check_writable(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return cannot_write(path, EISDIR, choose_another);
  if (is_special_file(path)) return {};
  const fs::path folder = folder_of(path);
  if (!fs::is_directory(folder, error)) return cannot_write(path, ENOENT, "create the folder first");
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return cannot_write(path, errno, choose_another);
  return {};
}

Result<void> write_file(const fs::path& path, std::string_view bytes) {
  return write_whole(path, [&](int descriptor) { return put_bytes(descriptor, bytes); });
}

Result<void> write_pieces(const fs::path& path, const FilePieces& pieces) {
  return write_whole(path, [&](int descriptor) {
    int error = 0;
    for (const auto& piece : pieces) {
      const auto* bytes = std::get_if<std::string>(&piece);
      error = bytes != nullptr ? put_bytes(descriptor, *bytes) : put_stretch(descriptor, std::get<FileStretch>(piece));
      if (error != 0) break;
    }
    return error;
  });
}

Result<bool> put_copy(const fs::path& file, const fs::path& target) {
  std::error_code error;
  const bool exists = fs::exists(file, error);
  if (exists && (fs::equivalent(file, target, error) || same_contents(file, target))) return false;
  if (fs::exists(target, error)) {
    return fail(ErrorKind::output,
                fmt::format("cannot put the weights beside the model: another file '{}' is in the way; choose another "
                            "folder with -o",
                            printable(target.string())));
  }
  if (!exists) return false;
  fs::create_directories(folder_of(target), error);
  const auto size = fs::file_size(file, error);
  if (error) return fail(ErrorKind::input, fmt::format("'{}': {}", printable(file.string()), error.message()));
  if (auto written = write_pieces(target, {FileStretch{file, 0, size}}); !written) {
    return tl::unexpected(written.error());
  }
  return true;
}

}  // namespace costscan
