#include "cli/output.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <variant>
#include <vector>

namespace costscan::cli {
namespace {

Result<void> cannot_write(const std::filesystem::path& path, int error, std::string_view advice) {
  return fail(ErrorKind::output, fmt::format("cannot write '{}': {}; {}", path.string(), std::strerror(error), advice));
}

constexpr std::string_view choose_another = "choose another path with -o";
constexpr std::string_view free_space = "free some space or choose another path with -o";

/// All bytes to the descriptor, then to the disk's promise (close reports late errors). Returns errno or 0.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

bool is_special(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status) &&
         !std::filesystem::is_directory(status);
}

/// A stretch of a file to the descriptor. Returns errno or 0.
int copy_stretch(int descriptor, const FileStretch& stretch) {
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
    error = write_all(descriptor, {buffer.data(), static_cast<std::size_t>(got)});
    done += static_cast<std::uint64_t>(got);
  }
  ::close(source);
  return error;
}

/// Puts contents into a descriptor; returns errno or 0.
using Fill = std::function<int(int descriptor)>;

Result<void> write_directly(const std::filesystem::path& path, const Fill& fill) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return cannot_write(path, errno, choose_another);
  int error = fill(descriptor);
  if (::close(descriptor) != 0 && error == 0) error = errno;
  return error == 0 ? Result<void>{} : cannot_write(path, error, free_space);
}

bool same_contents(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code error;
  if (std::filesystem::file_size(a, error) != std::filesystem::file_size(b, error) || error) return false;
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

Result<void> write_whole(const std::filesystem::path& path, const Fill& fill) {
  if (is_special(path)) return write_directly(path, fill);
  const std::filesystem::path temporary = path.string() + ".tmp" + std::to_string(::getpid());
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return cannot_write(path, errno, choose_another);
  int error = fill(descriptor);
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(temporary.c_str());
  return cannot_write(path, error, free_space);
}

}  // namespace

std::string first_line(std::string_view text) {
  std::string line(text.substr(0, text.find('\n')));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return line;
}

int print_to_stdout(std::string_view text) {
  const bool complete = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (complete && std::fflush(stdout) == 0) return 0;
  fmt::print(stderr, "costscan: cannot write to standard output: {}; name a file with -o\n", std::strerror(errno));
  return static_cast<int>(ErrorKind::output);
}

Result<void> check_writable(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return cannot_write(path, EISDIR, choose_another);
  if (is_special(path)) return {};
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  if (!std::filesystem::is_directory(folder, error)) return cannot_write(path, ENOENT, "create the folder first");
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return cannot_write(path, errno, choose_another);
  return {};
}

Result<void> write_file(const std::filesystem::path& path, std::string_view bytes) {
  return write_whole(path, [&](int descriptor) { return write_all(descriptor, bytes); });
}

Result<void> write_pieces(const std::filesystem::path& path, const ReportPieces& pieces) {
  return write_whole(path, [&](int descriptor) {
    int error = 0;
    for (const auto& piece : pieces) {
      const auto* bytes = std::get_if<std::string>(&piece);
      error = bytes != nullptr ? write_all(descriptor, *bytes) : copy_stretch(descriptor, std::get<FileStretch>(piece));
      if (error != 0) break;
    }
    return error;
  });
}

Result<bool> copy_companion(const Companion& companion, const std::filesystem::path& folder) {
  std::error_code error;
  const std::filesystem::path target = (folder.empty() ? std::filesystem::path(".") : folder) / companion.location;
  const auto size = std::filesystem::file_size(companion.file, error);
  if (error) return fail(ErrorKind::input, fmt::format("'{}': {}", companion.file.string(), error.message()));
  if (std::filesystem::exists(target, error)) {
    if (std::filesystem::equivalent(companion.file, target, error)) return false;
    if (same_contents(companion.file, target)) return false;
    return fail(ErrorKind::output,
                fmt::format("cannot put the weights beside the model: another file '{}' is in the way; choose another "
                            "folder with -o",
                            target.string()));
  }
  std::filesystem::create_directories(target.parent_path(), error);
  auto written = write_pieces(target, {FileStretch{companion.file, 0, size}});
  if (!written) return tl::unexpected(written.error());
  return true;
}

}  // namespace costscan::cli
