// What goes to the terminal; files are written by files/write_file.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "files/write_file.hpp"
#include "model/result.hpp"

namespace costscan::cli {

/// `text` up to its first line break, control characters made visible: diagnostics are one line each.
[[nodiscard]] std::string first_line(std::string_view text);

/// Writes to standard output and checks that it arrived; the exit code (0, or 5 with a line on standard error).
int print_to_stdout(std::string_view text);

/// Of the terminal that standard output is; where it is none, what $COLUMNS says; `elsewhere` where that says nothing.
[[nodiscard]] std::int32_t terminal_columns(std::int32_t elsewhere = 100);

/// What tables are laid out for where nothing says how wide the reader's window is.
inline constexpr std::int32_t usual_columns = 80;

}  // namespace costscan::cli
