#include "passes/child_job.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "measure/child.hpp"
#include "measure/json_file.hpp"
#include "measure/worker.hpp"
#include "model/checked_math.hpp"
#include "model/text.hpp"
#include "passes/child_files.hpp"

namespace costscan {

Result<OptimizeAnswer> run_job(const OptimizeJob& job, const MeasureOptions& options) {
  const std::filesystem::path file = request_file(job.folder);
  if (auto written = write_job(job, file); !written) return tl::unexpected(written.error());
  const auto end = run_child(worker_program(options.worker), {"--optimize-worker", file.string()},
                             job.folder / "stderr", options.timeout_seconds, options.progress);
  if (!end) return tl::unexpected(end.error());
  const std::string tail = error_tail(job.folder / "stderr");
  std::error_code failed;
  if (!std::filesystem::exists(result_file(job.folder), failed)) {
    const auto bad = judge_end(*end, tail, options.timeout_seconds);
    return fail(ErrorKind::measurement, bad ? bad->reason : "the worker left no answer: " + tail);
  }
  auto answer = read_answer(job.folder);
  if (!answer) return answer;
  if (const auto bad = judge_end(*end, tail, options.timeout_seconds)) {
    answer->status = bad->status;
    answer->reason = bad->reason;
  }
  return answer;
}

}  // namespace costscan
