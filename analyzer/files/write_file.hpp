// Files written so that a failure is noticed, said in one line, and never leaves half a file.
#pragma once

#include <filesystem>
#include <string_view>

#include "files/file_pieces.hpp"
#include "model/result.hpp"

namespace costscan {

/// Fails (output) where `path` could not be written later: a missing folder, no permission, a folder in its place.
[[nodiscard]] Result<void> check_writable(const std::filesystem::path& path);

/// Whether `path` is a device, a pipe or a socket: something that is written to and never replaced.
[[nodiscard]] bool is_special_file(const std::filesystem::path& path);

/// Writes through a temporary file in the same folder and renames it, so that readers see all or nothing. Devices and
/// pipes are written to directly. Error (output) names the path and the system's reason.
[[nodiscard]] Result<void> write_file(const std::filesystem::path& path, std::string_view bytes);

/// The same for a file that is put together from others: in small buffers, however long the stretches.
[[nodiscard]] Result<void> write_pieces(const std::filesystem::path& path, const FilePieces& pieces);

/// Puts a copy of `file` at `target`, making the folders above it, unless its bytes are there already. Error (output)
/// where something else is in the way, also for a `file` that does not exist: what refers to it must not find another
/// file in its place. True where a copy was made.
[[nodiscard]] Result<bool> put_copy(const std::filesystem::path& file, const std::filesystem::path& target);

}  // namespace costscan
