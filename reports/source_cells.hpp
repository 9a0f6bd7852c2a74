// How the reports of `costscan source` write a count for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "source/report.hpp"

namespace costscan {

/// "1,234,567"
[[nodiscard]] std::string grouped_digits(std::int64_t value);

/// "1,024", "512 .. 1,024", "at least 512", "unknown"
[[nodiscard]] std::string number_cell(const source::Count& count);

/// The formula, or where to find it where it would fill the screen.
[[nodiscard]] std::string shortened(const std::string& formula);

/// The number where there is one, else the formula (shortened), else "unknown".
[[nodiscard]] std::string short_cell(const source::Count& count);

/// Why counts are bounds or unknown, each reason once; missing symbols as one "a number needs --dim n=N".
[[nodiscard]] std::vector<std::string> reasons(const source::Counts& counts);

/// The first few assumptions, and how many more there are; JSON and Markdown have them all.
[[nodiscard]] std::vector<std::string> first_assumptions(const source::FunctionReport& function);

[[nodiscard]] bool is_zero(const source::Count& count);

}  // namespace costscan
