// What a parent does around a measuring child process: the program to start, the request, and what its end means.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "measure/measure.hpp"
#include "measure/process.hpp"
#include "measure/request.hpp"

namespace costscan {

/// The program to start: the one given; this one where it is the command; the command beside our shared library where
/// this is some other program that links it.
[[nodiscard]] std::filesystem::path worker_program(const std::filesystem::path& given);

/// What the user can do about a measurement that came to this end; empty where nothing is wrong.
[[nodiscard]] std::string advice_for(MeasureStatus status);

/// The last lines of what a child wrote to standard error, as one line.
[[nodiscard]] std::string error_tail(const std::filesystem::path& file);

/// A request for this model by these options, its inputs and missing weights planned. Error (measurement) for an input
/// that cannot be made.
[[nodiscard]] Result<MeasureRequest> make_request(const ShapedModel& shaped, const MeasureOptions& options,
                                                  const std::filesystem::path& folder);

struct BadEnd {
  MeasureStatus status = MeasureStatus::failed;
  std::string reason;  ///< one line
};

/// What the end of a child says beyond the answer that it left; nullopt where it ended well. `tail`: error_tail().
[[nodiscard]] std::optional<BadEnd> judge_end(const ChildEnd& end, const std::string& tail, double timeout_seconds);

}  // namespace costscan
