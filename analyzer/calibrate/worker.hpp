// The child process that calibrates: all steps of a plan that the journal does not have yet.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "calibrate/plan.hpp"
#include "model/result.hpp"

namespace costscan::calibrate {

struct WorkerRequest {
  std::filesystem::path runtime_library;  ///< empty: looked for
  std::filesystem::path folder;           ///< private: profiles and saved graphs
  std::filesystem::path journal;          ///< empty: only say which runtime there is
  Mode mode = Mode::full;
  std::int32_t threads = 1;
  double seconds = 0;  ///< box of time; steps that do not fit are left out
  bool more = false;   ///< every step that is done once more, in place of the rounds that a run makes by itself
  std::string fault;   ///< tests only: "crash@STEP" or "hang@STEP", where STEP is the start of a step's id
};

[[nodiscard]] Result<void> write_worker_request(const WorkerRequest& request, const std::filesystem::path& file);

/// Words that begin the lines which the worker prints: "runtime VERSION", "steps DONE TOTAL", "begin STEP", "end STEP",
/// "refused REASON" (nothing can be measured), "over" (the box of time is used up).
inline constexpr std::string_view says_runtime = "runtime ";
inline constexpr std::string_view says_steps = "steps ";
inline constexpr std::string_view says_begin = "begin ";
inline constexpr std::string_view says_end = "end ";
inline constexpr std::string_view says_over = "over";

/// Names of the steps beside the batches.
inline constexpr std::string_view peaks_step = "peaks";
inline constexpr std::string_view residency_step = "residency";
inline constexpr std::string_view overhead_step = "overhead";
inline constexpr std::string_view stability_step = "stability";

/// All steps of a plan in their order, batches by their ids; "stability" stands at the start, in the middle and at the
/// end with a number behind it.
[[nodiscard]] std::vector<std::string> steps_of(const std::vector<Batch>& batches);

}  // namespace costscan::calibrate

namespace costscan {

/// Entry point of the child process: `costscan --calibrate-worker REQUEST_FILE`. Returns its exit code; an error is one
/// line on standard error.
int calibrate_worker_main(const std::filesystem::path& request_file);

}  // namespace costscan
