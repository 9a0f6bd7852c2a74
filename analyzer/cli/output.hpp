// Writing results so that a failure is noticed, said in one line, and never leaves half a file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "model/result.hpp"

namespace costscan::cli {

/// `text` up to its first line break, control characters made visible: diagnostics are one line each.
[[nodiscard]] std::string first_line(std::string_view text);

/// Writes to standard output and checks that it arrived; the exit code (0, or 5 with a line on standard error).
int print_to_stdout(std::string_view text);

/// Fails (output) where `path` could not be written later: a missing folder, no permission, a folder in its place.
[[nodiscard]] Result<void> check_writable(const std::filesystem::path& path);

/// Writes through a temporary file in the same folder and renames it, so that readers see all or nothing. Devices and
/// pipes are written to directly. Error (output) names the path and the system's reason.
[[nodiscard]] Result<void> write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace costscan::cli
