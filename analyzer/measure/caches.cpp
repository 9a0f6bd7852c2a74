#include "measure/caches.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

namespace costscan {
namespace {

std::string first_word(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string word;
  in >> word;
  return word;
}

/// "1024K" and "32M" → bytes; 0 for anything else.
std::int64_t bytes_of(const std::string& size) {
  constexpr long long largest = 1LL << 40U;
  char* end = nullptr;
  const long long number = std::strtoll(size.c_str(), &end, 10);
  if (end == size.c_str() || number <= 0 || number > largest) return 0;
  if (*end == 'K') return number << 10U;
  if (*end == 'M') return number << 20U;
  return *end == '\0' ? number : 0;
}

}  // namespace

CacheSizes read_cache_sizes(const std::filesystem::path& root) {
  CacheSizes out;
  for (int index = 0; index < 8; ++index) {
    const auto folder = root / "sys/devices/system/cpu/cpu0/cache" / fmt::format("index{}", index);
    if (first_word(folder / "type") == "Instruction") continue;
    const std::string level = first_word(folder / "level");
    const std::int64_t bytes = bytes_of(first_word(folder / "size"));
    if (level == "1") out.l1 = bytes;
    if (level == "2") out.l2 = bytes;
    if (level == "3") out.l3 = bytes;
  }
  if (out.l1 == 0) out.l1 = std::max<std::int64_t>(sysconf(_SC_LEVEL1_DCACHE_SIZE), 0);
  if (out.l2 == 0) out.l2 = std::max<std::int64_t>(sysconf(_SC_LEVEL2_CACHE_SIZE), 0);
  if (out.l3 == 0) out.l3 = std::max<std::int64_t>(sysconf(_SC_LEVEL3_CACHE_SIZE), 0);
  return out;
}

}  // namespace costscan
