// Writing results so that a failure is noticed, said in one line, and never leaves half a file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "model/result.hpp"
#include "reports/pieces.hpp"

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

/// The same for a file that is put together from others: in small buffers, however long the stretches.
[[nodiscard]] Result<void> write_pieces(const std::filesystem::path& path, const ReportPieces& pieces);

/// Copies `companion` to where a report in `folder` looks for it, unless it is there. Error (output) where another file
/// of that name is in the way. True where a copy was made.
[[nodiscard]] Result<bool> copy_companion(const Companion& companion, const std::filesystem::path& folder);

}  // namespace costscan::cli
