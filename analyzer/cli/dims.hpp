// --dim NAME=N, as several commands take it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/result.hpp"

namespace costscan::cli {

using Dims = std::vector<std::pair<std::string, std::int64_t>>;

/// Error (usage): a text that is not NAME=N with a whole number.
[[nodiscard]] Result<Dims> parse_dims(const std::vector<std::string>& texts);

}  // namespace costscan::cli
