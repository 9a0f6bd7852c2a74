// How the reports of `costscan source` write a count for people.
#pragma once

#include <cstdint>
#include <string>

#include "source/report.hpp"

namespace costscan {

/// "1,234,567"
[[nodiscard]] std::string grouped_digits(std::int64_t value);

/// "1,024", "512 .. 1,024", "at least 512", "unknown"
[[nodiscard]] std::string number_cell(const source::Count& count);

/// The number where there is one, else the formula, else "unknown".
[[nodiscard]] std::string short_cell(const source::Count& count);

[[nodiscard]] bool is_zero(const source::Count& count);

}  // namespace costscan
