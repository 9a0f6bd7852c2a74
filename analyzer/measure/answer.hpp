// What every measuring child does around its work: it opens the runtime, answers after each phase, and ends.
#pragma once

#include <exception>
#include <filesystem>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "measure/ort_library.hpp"
#include "measure/request.hpp"
#include "measure/session.hpp"
#include "measure/text.hpp"
#include "measure/worker.hpp"

namespace costscan {

/// The runtime at `library` (empty: looked for), named in `found`; nullopt with status and reason in `found`.
template <class Found>
std::optional<Runtime> open_runtime(const std::filesystem::path& library, Found& found) {
  auto loaded = load_ort_library(library);
  if (!loaded) {
    found.status = MeasureStatus::no_runtime;
    found.reason = loaded.error().message;
    return std::nullopt;
  }
  if constexpr (requires { found.runtime_library; }) {
    found.runtime_library = std::filesystem::path(loaded->file).filename().string();
  }
  found.runtime_version = loaded->version;
  auto runtime = Runtime::create(*std::move(loaded));
  if (!runtime) {
    found.status = MeasureStatus::failed;
    found.reason = runtime.error().message;
    return std::nullopt;
  }
  return *std::move(runtime);
}

/// Whether to go on after a phase. Of one that failed, `found` keeps the reason and `status`, or out of memory where
/// the reason says so.
template <class Found>
bool went_well(const Result<void>& phase, MeasureStatus status, Found& found) {
  if (phase) return true;
  found.status = status_of_error(phase.error().message, status);
  found.reason = phase.error().message;
  return false;
}

/// The answer so far, in case that what follows is the end of this process.
template <class Found>
void answer_so_far(Found& found, Result<void> (*write)(const Found&, const std::filesystem::path&),
                   const std::filesystem::path& folder) {
  found.status = MeasureStatus::failed;
  found.reason = "the measuring worker did not finish";
  if (const auto written = write(found, result_file(folder)); !written) tell_parent(written.error().message);
}

/// Does the work and writes what it found, with the status and the reason of an exception, to the request's folder.
template <class Request, class Found>
Result<void> answer(const Request& request, void (*work)(const Request&, Found&),
                    Result<void> (*write)(const Found&, const std::filesystem::path&)) {
  Found found;
  try {
    work(request, found);
  } catch (const std::bad_alloc&) {
    found.status = MeasureStatus::out_of_memory;
    found.reason = "out of memory";
  } catch (const std::exception& error) {
    found.status = status_of_error(error.what(), MeasureStatus::failed);
    found.reason = one_line(error.what());
  }
  return write(found, result_file(request.folder));
}

}  // namespace costscan
