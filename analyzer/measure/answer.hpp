// The edge of a measuring child process: whatever its work throws, an answer is written.
#pragma once

#include <exception>
#include <filesystem>
#include <new>

#include "measure/text.hpp"
#include "measure/worker.hpp"

namespace costscan {

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
