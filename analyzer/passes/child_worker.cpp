// The child that runs models for passes.
#include <fmt/format.h>

#include <span>
#include <string>
#include <utility>

#include "measure/answer.hpp"
#include "measure/session.hpp"
#include "measure/synthesize.hpp"
#include "model/text.hpp"
#include "passes/child_files.hpp"
#include "passes/differences.hpp"

namespace costscan {
namespace {

/// What one model answers to each run; an error for each that it does not survive.
using Answers = std::vector<Result<std::vector<Tensor>>>;

/// As the file has it: the runtime's own optimiser must not hide what a pass did, nor kernels for constant operands
/// (packed weights) round otherwise than those for computed ones.
Result<Answers> answers_of(const Runtime& runtime, const MeasureRequest& request,
                           const std::vector<WeightPlan>& weights, std::span<const ComparedRun> runs,
                           const std::string& level = "disabled") {
  auto model = make_runnable(request.model, weights);
  if (!model) return tl::unexpected(model.error());
  auto session = Session::create(
      runtime, *model, {.optimization_level = level, .threads = request.threads, .prepack = level != "disabled"});
  if (!session) return tl::unexpected(session.error());
  Answers answers;
  for (const ComparedRun& run : runs) {
    auto feeds = Feeds::create(runtime, run.inputs);
    if (!feeds) {
      answers.emplace_back(tl::unexpected(feeds.error()));
      continue;
    }
    answers.push_back(session->run_tensors(*feeds));
  }
  return answers;
}

RunDifference difference(const ComparedRun& run, const Result<std::vector<Tensor>>& first,
                         const Result<std::vector<Tensor>>& second) {
  RunDifference out;
  out.name = run.name;
  if (first && second) {
    out.outputs = differences(*first, *second);
    return out;
  }
  out.broken = first.has_value() != second.has_value();
  out.reason = printable(first ? second.error().message : first.error().message, 300);
  return out;
}

void do_job(const OptimizeJob& job, OptimizeAnswer& answer) {
  auto runtime = open_runtime(job.first.runtime_library, answer);
  if (!runtime) return;
  auto first = answers_of(*runtime, job.first, job.first.weights, job.runs);
  if (!went_well(first ? Result<void>{} : Result<void>(tl::unexpected(first.error())), MeasureStatus::refused,
                 answer)) {
    return;
  }
  if (job.second.model.empty()) {
    auto& only = first->front();
    if (!went_well(only ? Result<void>{} : Result<void>(tl::unexpected(only.error())), MeasureStatus::failed, answer)) {
      return;
    }
    answer.outputs = *std::move(only);
  } else {
    const auto own = answers_of(*runtime, job.first, job.first.weights, std::span(job.runs).first(1), "all");
    if (own && own->front() && first->front()) answer.runtimes_own = differences(*first->front(), *own->front());
    // Missing weights are made up by name and, whatever reads them there, alike.
    auto second = answers_of(*runtime, job.second, job.first.weights, job.runs);
    if (!second) {
      RunDifference& start = answer.runs.emplace_back();
      start.name = "start";
      start.reason = printable(second.error().message, 300);
      start.broken = true;
    } else {
      for (std::size_t i = 0; i < job.runs.size(); ++i) {
        answer.runs.push_back(difference(job.runs[i], (*first)[i], (*second)[i]));
      }
    }
  }
  answer.status = MeasureStatus::ok;
  answer.reason.clear();
}

}  // namespace

int optimize_worker_main(const std::filesystem::path& file) {
  const auto job = read_job(file);
  if (!job) return end_worker(tl::unexpected(job.error()));
  enter_worker(job->first.memory_limit_bytes, job->folder);
  return end_worker(answer<OptimizeJob, OptimizeAnswer>(*job, do_job, write_answer));
}

}  // namespace costscan
