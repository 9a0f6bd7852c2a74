#include "cli/output.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

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

Result<void> write_directly(const std::filesystem::path& path, std::string_view bytes) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return cannot_write(path, errno, choose_another);
  int error = write_all(descriptor, bytes);
  if (::close(descriptor) != 0 && error == 0) error = errno;
  return error == 0 ? Result<void>{} : cannot_write(path, error, free_space);
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
  if (is_special(path)) return write_directly(path, bytes);
  const std::filesystem::path temporary = path.string() + ".tmp" + std::to_string(::getpid());
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return cannot_write(path, errno, choose_another);
  int error = write_all(descriptor, bytes);
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(temporary.c_str());
  return cannot_write(path, error, free_space);
}

}  // namespace costscan::cli
