#include "source/clang/libclang.hpp"

#include <dlfcn.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace costscan::source::front {
namespace {

namespace fs = std::filesystem;

constexpr int oldest_version = 17;  // clang_getCursorBinaryOperatorKind
constexpr int newest_tried = 30;

std::vector<fs::path> candidates(const fs::path& given) {
  if (!given.empty()) return {given};
  if (const char* set = std::getenv("COSTSCAN_LIBCLANG"); set != nullptr && *set != '\0') return {fs::path(set)};
  std::vector<fs::path> files;
#ifdef COSTSCAN_BUILD_LIBCLANG
  files.emplace_back(COSTSCAN_BUILD_LIBCLANG);
#endif
  for (int version = newest_tried; version >= oldest_version; --version) {
    files.emplace_back(fmt::format("libclang-{}.so.1", version));
    files.emplace_back(fmt::format("libclang.so.{}", version));
    files.emplace_back(fmt::format("/usr/lib/llvm-{}/lib/libclang.so", version));
  }
  files.emplace_back("libclang.so");
  return files;
}

/// clang's own headers lie at lib/clang/VERSION beside the library, or below the llvm-VERSION folder of Debian.
std::string resource_folder(const fs::path& library, int version) {
  std::error_code ignored;
  const std::string number = std::to_string(version);
  std::vector<fs::path> folders{library.parent_path() / "clang" / number,
                                fs::weakly_canonical(library, ignored).parent_path() / "clang" / number,
                                fs::path("/usr/lib") / ("llvm-" + number) / "lib" / "clang" / number,
                                fs::path("/usr/lib/clang") / number, fs::path("/usr/lib64/clang") / number};
  const auto found = std::ranges::find_if(
      folders, [&](const fs::path& folder) { return fs::exists(folder / "include" / "stddef.h", ignored); });
  return found == folders.end() ? std::string() : found->string();
}

/// "Debian clang version 19.1.7" → 19; 0 where it does not say.
int major_version(std::string_view text) {
  const auto at = text.find("version ");
  return at == std::string_view::npos ? 0 : std::atoi(std::string(text.substr(at + 8)).c_str());
}

Result<std::shared_ptr<const Libclang>> open_library(const fs::path& file) {
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = dlerror();
    return fail(ErrorKind::input, why == nullptr ? "cannot be loaded" : why);
  }
  // Never closed: LLVM keeps thread-local state and signal handlers.
  auto library = std::make_shared<Libclang>();
  const char* missing = nullptr;
#define COSTSCAN_LOAD(name)                                                        \
  library->name = reinterpret_cast<decltype(library->name)>(dlsym(handle, #name)); \
  if (library->name == nullptr) missing = #name;
  COSTSCAN_LIBCLANG_FUNCTIONS(COSTSCAN_LOAD)
#undef COSTSCAN_LOAD
  if (missing != nullptr) {
    return fail(ErrorKind::input,
                fmt::format("{}: has no {}; libclang {} or newer is needed", file.string(), missing, oldest_version));
  }
  Dl_info info{};
  const bool named = dladdr(reinterpret_cast<const void*>(library->clang_createIndex), &info) != 0;
  library->file = named && info.dli_fname != nullptr ? info.dli_fname : file.string();
  const CXString version = library->clang_getClangVersion();
  library->resources = resource_folder(library->file, major_version(library->clang_getCString(version)));
  library->clang_disposeString(version);
  return library;
}

}  // namespace

Result<std::shared_ptr<const Libclang>> load_libclang(const fs::path& given) {
  std::string first;
  const std::vector<fs::path> files = candidates(given);
  for (const fs::path& file : files) {
    auto library = open_library(file);
    if (library) return library;
    if (first.empty()) first = library.error().message;
  }
  return fail(
      ErrorKind::input,
      fmt::format("libclang is needed to read C and C++ sources and was not found ({}); install libclang-19-dev "
                  "or libclang1-19, or name the library in COSTSCAN_LIBCLANG",
                  first));
}

}  // namespace costscan::source::front
