// How fast memory of every level is copied.
#pragma once

#include <cstdint>
#include <vector>

#include "model/measurement.hpp"
#include "model/result.hpp"

namespace costscan {

/// Copies whose source and target together take from some KiB up to what no cache can hold, by `threads` threads that
/// each copy their own part: smallest first. Takes a fraction of a second. Error (measurement) where memory is short.
[[nodiscard]] Result<std::vector<CopyRate>> measure_copies(std::int32_t threads);

}  // namespace costscan
