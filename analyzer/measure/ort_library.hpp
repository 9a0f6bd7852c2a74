// ONNX Runtime as a shared library found and loaded at run time; nothing of it is linked.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "model/result.hpp"

struct OrtApi;
struct OrtStatus;

namespace costscan {

struct OrtLibrary {
  std::shared_ptr<void> handle;  ///< keeps the library loaded; the runtime must not be unloaded while it has sessions
  const OrtApi* api = nullptr;
  std::string file;     ///< where it was loaded from
  std::string version;  ///< "1.31.1"
  unsigned api_version = 0;
};

/// The places looked at, in order. A path is either a file or, without a slash, left to the dynamic linker.
/// `given` (an option or COSTSCAN_ORT_LIB) is then the only place: what a user names is not silently replaced.
[[nodiscard]] std::vector<std::filesystem::path> ort_library_candidates(const std::filesystem::path& given);

/// Loads the first candidate that works. Error (measurement): one line that says where it looked and what to do.
[[nodiscard]] Result<OrtLibrary> load_ort_library(const std::filesystem::path& given);

/// Releases `status` and turns it into a Result; its message is cut to one line.
[[nodiscard]] Result<void> ort_result(const OrtApi& api, OrtStatus* status);

/// Owner of one of the runtime's objects: `Owned<OrtSession> s(pointer, api.ReleaseSession)`.
template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

}  // namespace costscan
