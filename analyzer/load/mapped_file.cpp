#include "load/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <limits>
#include <string>
#include <system_error>

namespace costscan {
namespace {

/// Closes on scope exit; the mapping outlives the descriptor.
struct Descriptor {
  int fd = -1;
  explicit Descriptor(int opened) : fd(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

std::string system_reason(int code) { return std::generic_category().message(code); }

std::string reason_not_opened(int code) {
  if (code == ENOENT) return "no such file; check the path";
  if (code == EACCES) return "permission denied; check the file's mode and owner";
  return "cannot be opened (" + system_reason(code) + "); check the path";
}

bool read_fully(int fd, std::uint64_t offset, std::span<std::byte> to) {
  while (!to.empty()) {
    const ::ssize_t got = ::pread(fd, to.data(), to.size(), static_cast<::off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to = to.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return true;
}

}  // namespace

Parsed<MappedFile> map_file(const std::filesystem::path& path) {
  // Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
  const auto file = std::make_shared<const Descriptor>(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file->fd < 0) return refuse(reason_not_opened(errno));
  struct stat status{};
  if (::fstat(file->fd, &status) != 0) return refuse("cannot be read (" + system_reason(errno) + ")");
  if (S_ISDIR(status.st_mode)) return refuse("is a directory; name the .onnx file in it");
  if (!S_ISREG(status.st_mode)) return refuse("is not a regular file; save the model to one");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size == 0) return MappedFile{};
  if (size > std::numeric_limits<std::ptrdiff_t>::max()) return refuse("is too large for this machine's address space");
  const auto length = static_cast<std::size_t>(size);
  void* const address = ::mmap(nullptr, length, PROT_READ, MAP_PRIVATE, file->fd, 0);
  if (address == MAP_FAILED) return refuse("cannot be mapped into memory (" + system_reason(errno) + ")");
#ifdef MADV_NOHUGEPAGE
  // A file that the kernel keeps in huge pages would be mapped 2 MB at a time for each few bytes between its weights.
  // Advice only: where it is refused, only the figure of resident memory is larger.
  static_cast<void>(::madvise(address, length, MADV_NOHUGEPAGE));
#endif
  const auto* const begin = static_cast<const std::byte*>(address);
  std::shared_ptr<const std::byte> owner(begin, [address, length](const std::byte*) { ::munmap(address, length); });
  auto read = [file](std::uint64_t offset, std::span<std::byte> to) { return read_fully(file->fd, offset, to); };
  return MappedFile{std::move(owner), {begin, length}, std::move(read)};
}

}  // namespace costscan
