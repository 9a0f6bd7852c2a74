// The job and its answer as files of the private folder.
#pragma once

#include <filesystem>

#include "passes/child_job.hpp"

namespace costscan {

[[nodiscard]] Result<void> write_job(const OptimizeJob& job, const std::filesystem::path& file);
[[nodiscard]] Result<OptimizeJob> read_job(const std::filesystem::path& file);
/// The numbers of `outputs` go to a binary file beside `file`.
[[nodiscard]] Result<void> write_answer(const OptimizeAnswer& answer, const std::filesystem::path& file);
[[nodiscard]] Result<OptimizeAnswer> read_answer(const std::filesystem::path& folder);

}  // namespace costscan
