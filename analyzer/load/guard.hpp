// The loader's outer edge: third-party exceptions end here, and every message gets the file's name.
#pragma once

#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <utility>

#include "load/parsed.hpp"
#include "model/result.hpp"
#include "model/text.hpp"

namespace costscan {

/// Runs `load`, which returns Parsed<T>. "<file>: <what>; <what to do>" of ErrorKind::input where it fails or throws
/// (protobuf, the file system, memory).
template <class T, class Load>
[[nodiscard]] Result<T> guarded(const std::filesystem::path& path, Load load) {
  const auto unusable = [&](const std::string& what) {
    constexpr std::size_t longest_path = 1000;
    return fail(ErrorKind::input, printable(path.string(), longest_path) + ": " + what);
  };
  try {
    Parsed<T> loaded = load();
    if (!loaded) return unusable(loaded.error());
    return std::move(*loaded);
  } catch (const std::bad_alloc&) {
    return unusable("describing the model takes more memory than there is; use a larger machine");
  } catch (const std::exception& error) {
    return unusable("cannot be read (" + printable(error.what()) + "); export or copy it again");
  }
}

}  // namespace costscan
