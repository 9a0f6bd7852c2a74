#include "passes/verify.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <system_error>

#include "measure/child.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

/// One kind of input: every floating one is filled like this.
struct InputKind {
  std::string_view name;
  Fill fill;
  bool wide_types_only = false;  ///< half precision has no such numbers
};

constexpr double infinite = std::numeric_limits<double>::infinity();

const std::array input_kinds{
    InputKind{"large", {FillKind::uniform, -1e4, 1e4}, false},
    InputKind{"tiny", {FillKind::uniform, -1e-30, 1e-30}, true},
    InputKind{"constant", {FillKind::constant, 0.75, 0}, false},
    InputKind{"zero", {FillKind::constant, 0, 0}, false},
    InputKind{"mean_shifted", {FillKind::normal, 1000, 1}, false},
    InputKind{"nan", {FillKind::constant, std::numeric_limits<double>::quiet_NaN(), 0}, true},
    InputKind{"infinity", {FillKind::constant, infinite, 0}, true},
};

bool is_wide(DType dtype) { return dtype == DType::float32 || dtype == DType::float64; }

/// The inputs with that kind in place of every floating one; nullopt where there is none.
std::optional<ComparedRun> with_kind(const std::vector<InputPlan>& ordinary, const InputKind& kind) {
  ComparedRun run{std::string(kind.name), ordinary};
  bool any = false;
  for (InputPlan& input : run.inputs) {
    if (!is_floating(input.dtype) || (kind.wide_types_only && !is_wide(input.dtype))) continue;
    input.fill = kind.fill;
    any = true;
  }
  return any ? std::optional(std::move(run)) : std::nullopt;
}

std::vector<ComparedRun> runs_for(const std::vector<InputPlan>& ordinary, const MeasureOptions& options,
                                  const std::vector<std::shared_ptr<const ShapedModel>>& others) {
  std::vector<ComparedRun> runs{{"ordinary", ordinary}};
  for (const InputKind& kind : input_kinds) {
    if (auto run = with_kind(ordinary, kind)) runs.push_back(*std::move(run));
  }
  for (std::size_t i = 0; i < others.size(); ++i) {
    const auto request = make_request(*others[i], options, {});
    if (request) runs.push_back({fmt::format("other_sizes_{}", i + 1), request->inputs});
  }
  return runs;
}

/// What is wrong with one output by the promise; empty where nothing is.
std::string broken_promise(const RunDifference& run, const OutputDifference& output, const Promise& promise) {
  if (!output.reason.empty() && output.differing > 0) {
    return fmt::format("{}: '{}': {}", run.name, printable(output.name), output.reason);
  }
  if (output.differing == 0) return {};
  if (promise.accuracy == AccuracyClass::lossless) {
    return fmt::format("{}: '{}': {} of {} elements differ by up to {:g}, the passes promise the same bits", run.name,
                       printable(output.name), output.differing, output.elements, output.max_abs);
  }
  return {};
}

void judge(Verification& found, const Promise& promise) {
  for (const RunDifference& run : found.runs) {
    if (run.broken) found.broken.push_back(fmt::format("{}: only one of the models runs: {}", run.name, run.reason));
    for (const OutputDifference& output : run.outputs) {
      found.max_abs = std::max(found.max_abs, output.max_abs);
      found.max_rel = std::max(found.max_rel, output.max_rel);
      if (std::string line = broken_promise(run, output, promise); !line.empty()) {
        found.broken.push_back(std::move(line));
      }
    }
  }
}

}  // namespace

Promise promise_of(const OptimizeResult& result) {
  Promise promise;
  for (const OptimizedPass& pass : result.passes) {
    if (pass.applied.empty()) continue;
    const Pass* declared = find_pass(pass.name);
    if (declared == nullptr) continue;
    promise.accuracy = std::max(promise.accuracy, declared->accuracy);
    if (declared->accuracy != AccuracyClass::lossless) promise.passes.emplace_back(pass.name);
  }
  return promise;
}

Verification verify_models(const ShapedModel& before, const std::vector<std::shared_ptr<const ShapedModel>>& others,
                           const std::filesystem::path& after, const Promise& promise, const MeasureOptions& options) {
  Verification found;
  found.status = MeasureStatus::failed;
  found.accuracy_class = to_string(promise.accuracy);
  found.not_exact = promise.passes;
  const auto folder = PrivateFolder::create();
  if (!folder) {
    found.reason = folder.error().message;
    return found;
  }
  auto request = make_request(before, options, folder->path());
  if (!request) {
    found.reason = request.error().message;
    return found;
  }
  OptimizeJob job;
  job.folder = folder->path();
  job.runs = runs_for(request->inputs, options, others);
  job.first = *std::move(request);
  job.second = job.first;
  std::error_code ignored;
  job.second.model = std::filesystem::absolute(after, ignored);
  auto answer = run_job(job, options);
  if (!answer) {
    found.reason = answer.error().message;
    return found;
  }
  found.status = answer->status;
  found.reason = answer->reason;
  found.runtime_version = answer->runtime_version;
  found.runs = std::move(answer->runs);
  if (found.status == MeasureStatus::ok) judge(found, promise);
  return found;
}

}  // namespace costscan
