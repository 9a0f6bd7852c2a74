// Fast memory: what a core can keep close (a private cache, a scratchpad), which decides between code paths. A size,
// not a rate: formulas may ask for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/result.hpp"

namespace costscan {

/// The machine that stands in where none is named.
inline constexpr std::string_view generic_machine = "generic-cpu";

struct FastMemory {
  std::int64_t bytes = 0;
  std::string origin;  ///< "given by --fast-memory", "machine generic-cpu: 1 MiB of private L2 cache"
};

/// Bytes of "1048576", "512KiB", "1 MiB", "1.5GiB" (powers of 1024) or "96KB", "1MB" (powers of 1000; a bare K, M or G
/// counts as those too). Error (usage) for anything else, for zero, and beyond 2^62.
[[nodiscard]] Result<std::int64_t> parse_size(std::string_view text);

/// "1 MiB", "1.5 KiB", "1000 bytes": in the largest binary unit that needs at most two decimals, else in bytes.
[[nodiscard]] std::string size_text(std::int64_t bytes);

/// The `fast_memory` of costmodels/machines/NAME.yaml (built in). Error (usage) for a name that no file has, or where
/// the file states none.
[[nodiscard]] Result<FastMemory> machine_fast_memory(std::string_view name);

}  // namespace costscan
