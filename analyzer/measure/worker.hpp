// Both ends of the child process that measures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "measure/measure.hpp"
#include "measure/request.hpp"

namespace costscan {

/// What the child does, in the child: answers in the request's folder after each phase, so that what was measured
/// before a failure is kept. Progress goes to standard output.
void measure_in_this_process(const MeasureRequest& request, Measurement& measurement);

/// measure(), with a fault for the worker to commit (see MeasureRequest::fault): for tests.
[[nodiscard]] Measurement measure_with_fault(const ShapedModel& shaped, const MeasureOptions& options,
                                             const std::string& fault);

/// First thing in a child: its limit of memory, no telemetry, temporary files in its private folder.
void enter_worker(std::int64_t memory_limit_bytes, const std::filesystem::path& folder);

/// Faults that tests ask for: committed where `fault` is "crash@", "kill@", "exit@", "hang@" or "memory@" and then
/// `place`.
[[nodiscard]] Result<void> commit_fault(const std::string& fault, const std::string& place);

/// One line of progress, by way of standard output.
void tell_parent(const std::string& line);

/// Last thing in a child: 0 where its answer was written, without running the runtime's tear-down; else the error on
/// standard error and its exit code.
[[nodiscard]] int end_worker(const Result<void>& written);

/// The status that an error text of the runtime or of the system stands for: out_of_memory, or `otherwise`.
[[nodiscard]] MeasureStatus status_of_error(const std::string& message, MeasureStatus otherwise);

}  // namespace costscan
