// How large this machine's caches are.
#pragma once

#include <cstdint>
#include <filesystem>

namespace costscan {

/// Bytes; 0 where the system does not tell.
struct CacheSizes {
  std::int64_t l1 = 0;  ///< of data
  std::int64_t l2 = 0;
  std::int64_t l3 = 0;
};

/// What the first CPU sees. The kernel's own list comes first: on virtual machines sysconf has told ten times of it.
/// `root` stands in for "/" in tests.
[[nodiscard]] CacheSizes read_cache_sizes(const std::filesystem::path& root = "/");

}  // namespace costscan
