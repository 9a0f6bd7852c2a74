#include "measure/weight_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "model/checked_math.hpp"
#include "model/text.hpp"

namespace costscan {

Result<AnonymousMemory> anonymous_memory(std::int64_t bytes) {
  if (bytes <= 0) return AnonymousMemory{};
  const auto size = static_cast<std::size_t>(bytes);
  void* start = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) {
    return fail(ErrorKind::measurement,
                fmt::format("out of memory: {} bytes for weights: {}", bytes, std::strerror(errno)));
  }
  auto* data = static_cast<std::byte*>(start);
  return AnonymousMemory{{data, [size](std::byte* p) { munmap(p, size); }}, {data, size}};
}

Result<MappedRange> map_range(const std::filesystem::path& file, std::int64_t offset, std::int64_t length) {
  if (length == 0) return MappedRange{};
  const auto refuse = [&](const char* what) {
    return fail(ErrorKind::input, fmt::format("{}: {}", printable(file.string()), what));
  };
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return refuse(std::strerror(errno));
  struct stat status{};
  const auto end = checked_add(offset, length);
  if (fstat(descriptor, &status) != 0 || !end || offset < 0 || length < 0 || *end > status.st_size) {
    close(descriptor);
    return refuse("the file ends before the tensor that should lie in it");
  }
  const std::int64_t page = sysconf(_SC_PAGESIZE);
  const std::int64_t skipped = offset % page;
  const auto size = static_cast<std::size_t>(length + skipped);
  void* start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, offset - skipped);
  const int why = errno;
  close(descriptor);
  if (start == MAP_FAILED) return refuse(std::strerror(why));
  const auto* data = static_cast<const std::byte*>(start);
  return MappedRange{{data, [size](const std::byte* p) { munmap(const_cast<std::byte*>(p), size); }},
                     {data + skipped, static_cast<std::size_t>(length)}};
}

}  // namespace costscan
