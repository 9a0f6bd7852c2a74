#include "passes/verify.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <system_error>

#include "measure/child.hpp"
#include "model/checked_math.hpp"
#include "model/text.hpp"
#include "passes/accuracy.hpp"

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

std::int64_t product(const Shape& shape, std::size_t from) {
  return element_count(std::span<const std::int64_t>(shape).subspan(std::min(from, shape.size()))).value_or(1);
}

/// Terms of the longest sum in the model: of a product, a convolution or a mean.
std::int64_t longest_sum(const ShapedModel& shaped) {
  std::int64_t longest = 1;
  for (const Scope& scope : shaped.scopes) {
    const auto shape_of = [&](ValueId value) {
      const bool known = value != no_value && scope.tensors[static_cast<std::size_t>(value)].shape.has_value();
      return known ? *scope.tensors[static_cast<std::size_t>(value)].shape : Shape{};
    };
    for (const Node& node : scope.graph->nodes) {
      if (node.inputs.empty()) continue;
      const Shape first = shape_of(node.inputs[0]);
      const bool products = node.op_type == "MatMul" || node.op_type == "Gemm";
      if (products && !first.empty()) longest = std::max({longest, first.back(), first.front()});
      if (node.op_type.find("Norm") != std::string::npos || node.op_type.starts_with("Reduce")) {
        longest = std::max(longest, product(first, 1));
      }
      if (node.op_type.starts_with("Conv") && node.inputs.size() > 1) {
        longest = std::max(longest, product(shape_of(node.inputs[1]), 1));
      }
    }
  }
  return longest;
}

/// How many units in the last place the runtime's own rewrites of the model move its outputs by: what this model makes
/// of a rounding error.
double amplification_of(const std::vector<OutputDifference>& own) {
  double factor = 1;
  for (const OutputDifference& output : own) {
    const double unit = unit_roundoff(output.dtype);
    if (unit > 0 && output.largest > 0 && output.special == 0) {
      factor = std::max(factor, output.max_abs / output.largest / unit);
    }
  }
  return factor;
}

/// What all passes that are not exact may change together; nullopt where one of them promises no number.
std::optional<double> bound_of(const Promise& promise, const SiteValues& values, double amplification) {
  double bound = 0;
  for (std::size_t i = 0; i < promise.passes.size(); ++i) {
    const auto part = promised_difference(promise.passes[i], values, promise.sites[i], amplification);
    if (!part) return std::nullopt;
    bound += *part;
  }
  return bound;
}

/// Inputs that a model is made for; what extreme ones do to a rounding error no bound foresees.
bool is_ordinary(const RunDifference& run) { return run.name == "ordinary" || run.name.starts_with("other_sizes"); }

/// What is wrong with one output by the promise; empty where nothing is.
std::string broken_promise(const RunDifference& run, const OutputDifference& output, const Promise& promise,
                           const std::optional<double>& bound) {
  if (!output.reason.empty() && output.differing > 0) {
    return fmt::format("{}: '{}': {}", run.name, printable(output.name), output.reason);
  }
  if (output.differing == 0) return {};
  if (promise.accuracy == AccuracyClass::lossless) {
    return fmt::format("{}: '{}': {} of {} elements differ by up to {:g}, the passes promise the same bits", run.name,
                       printable(output.name), output.differing, output.elements, output.max_abs);
  }
  if (!is_ordinary(run)) return {};
  if (output.special > 0) {
    return fmt::format("{}: '{}': {} elements are NaN or infinite in only one model", run.name, printable(output.name),
                       output.special);
  }
  if (bound && output.max_abs > *bound * output.largest) {
    return fmt::format("{}: '{}' differs by up to {:g}, {:g} of its largest magnitude, where {} promise {:g}", run.name,
                       printable(output.name), output.max_abs, output.max_abs / output.largest,
                       fmt::join(promise.passes, ", "), *bound);
  }
  return {};
}

void judge(Verification& found, const Promise& promise) {
  for (const RunDifference& run : found.runs) {
    if (run.broken) found.broken.push_back(fmt::format("{}: only one of the models runs: {}", run.name, run.reason));
    for (const OutputDifference& output : run.outputs) {
      found.max_abs = std::max(found.max_abs, output.max_abs);
      found.max_rel = std::max(found.max_rel, output.max_rel);
      if (std::string line = broken_promise(run, output, promise, found.bound); !line.empty()) {
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
    if (declared->accuracy == AccuracyClass::lossless) continue;
    promise.passes.emplace_back(pass.name);
    promise.sites.push_back(static_cast<std::int64_t>(pass.applied.size()));
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
  found.amplification = amplification_of(answer->runtimes_own);
  if (!promise.passes.empty()) {
    found.bound = bound_of(promise, {.length = longest_sum(before)}, found.amplification);
  }
  if (found.status == MeasureStatus::ok) judge(found, promise);
  return found;
}

}  // namespace costscan
