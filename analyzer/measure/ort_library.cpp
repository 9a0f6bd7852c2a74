#include "measure/ort_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <onnxruntime_c_api.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

#include "measure/text.hpp"

namespace costscan {
namespace {

namespace fs = std::filesystem;

// AddExternalInitializers is the youngest call that measuring cannot do without.
constexpr unsigned oldest_api = 12;

/// The shared library or executable that holds this very code: the bundled runtime lies beside it.
fs::path own_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&own_folder), &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code failed;
  // A program's own dli_fname may be relative to where it was started; /proc knows the whole path.
  fs::path self = fs::weakly_canonical(info.dli_fname, failed);
  if (failed || !fs::exists(self, failed)) self = fs::read_symlink("/proc/self/exe", failed);
  return self.parent_path();
}

fs::path dependencies_folder() {
  if (const char* set = std::getenv("COSTSCAN_DEPS"); set != nullptr && *set != '\0') return set;
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0') {
    return fs::path(cache) / "costscan/deps";
  }
  const char* home = std::getenv("HOME");
  return home == nullptr ? fs::path() : fs::path(home) / ".cache/costscan/deps";
}

/// libonnxruntime.so or, where only versioned files were shipped (the Python wheel), one of those; the last by name.
fs::path library_in(const fs::path& folder) {
  std::error_code failed;
  if (fs::exists(folder / "libonnxruntime.so", failed)) return folder / "libonnxruntime.so";
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().filename().string().starts_with("libonnxruntime.so")) found.push_back(entry.path());
  }
  return found.empty() ? fs::path() : *std::ranges::max_element(found);
}

Result<OrtLibrary> open_library(const fs::path& file) {
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return fail(ErrorKind::measurement, one_line(dlerror()));
  // Never closed: the runtime keeps threads and thread-local state that outlive its last session.
  OrtLibrary library;
  library.handle = std::shared_ptr<void>(handle, [](void*) {});
  library.file = file.string();
  using GetApiBase = const OrtApiBase* (*)();
  const auto get_base = reinterpret_cast<GetApiBase>(dlsym(handle, "OrtGetApiBase"));
  if (get_base == nullptr) return fail(ErrorKind::measurement, "has no OrtGetApiBase, so it is not ONNX Runtime");
  const OrtApiBase* base = get_base();
  library.version = base->GetVersionString();
  // GetApi complains on stderr about a version it does not know; asking for the library's own minor version avoids
  // that.
  unsigned newest = ORT_API_VERSION;
  if (const auto dot = library.version.find('.'); dot != std::string::npos && library.version.starts_with("1.")) {
    newest =
        std::min<unsigned>(newest, static_cast<unsigned>(std::strtoul(library.version.c_str() + dot + 1, nullptr, 10)));
  }
  for (unsigned version = newest; version >= oldest_api && library.api == nullptr; --version) {
    library.api = base->GetApi(version);
    library.api_version = version;
  }
  if (library.api == nullptr) {
    return fail(ErrorKind::measurement,
                fmt::format("is ONNX Runtime {}, older than 1.{}", library.version, oldest_api));
  }
  return library;
}

}  // namespace

std::vector<fs::path> ort_library_candidates(const fs::path& given) {
  if (!given.empty()) {
    std::error_code failed;
    if (fs::is_directory(given, failed)) {
      const fs::path inside = library_in(given);
      return {inside.empty() ? given / "libonnxruntime.so" : inside};
    }
    return {given};
  }
  if (const char* set = std::getenv("COSTSCAN_ORT_LIB"); set != nullptr && *set != '\0') {
    return ort_library_candidates(fs::path(set));
  }
  std::vector<fs::path> folders;
  if (const fs::path own = own_folder(); !own.empty()) {
    folders.push_back(own / "costscan");                        // beside our shared library: lib/costscan
    folders.push_back(own.parent_path() / "lib" / "costscan");  // linked into the command: bin/../lib/costscan
    folders.push_back(own.parent_path() / "lib64" / "costscan");
  }
  if (const fs::path deps = dependencies_folder(); !deps.empty()) folders.push_back(deps / "onnxruntime" / "lib");
  std::vector<fs::path> candidates;
  for (const fs::path& folder : folders) {
    if (fs::path file = library_in(folder); !file.empty()) candidates.push_back(std::move(file));
  }
#ifdef COSTSCAN_BUILD_ORT
  candidates.emplace_back(COSTSCAN_BUILD_ORT);
#endif
  candidates.emplace_back("libonnxruntime.so");
  candidates.emplace_back("libonnxruntime.so.1");
  return candidates;
}

Result<OrtLibrary> load_ort_library(const fs::path& given) {
  std::vector<std::string> reasons;
  for (const fs::path& candidate : ort_library_candidates(given)) {
    Result<OrtLibrary> library = open_library(candidate);
    if (library) return library;
    const std::string& why = library.error().message;
    // dlerror names the file itself; do not say it twice.
    reasons.push_back(why.find(candidate.string()) == std::string::npos ? candidate.string() + " " + why : why);
  }
  return fail(ErrorKind::measurement, fmt::format("ONNX Runtime was not found ({})", fmt::join(reasons, "; ")));
}

Result<void> ort_result(const OrtApi& api, OrtStatus* status) {
  if (status == nullptr) return {};
  const Owned<OrtStatus> owner(status, api.ReleaseStatus);
  return fail(ErrorKind::measurement, one_line(api.GetErrorMessage(status)));
}

}  // namespace costscan
