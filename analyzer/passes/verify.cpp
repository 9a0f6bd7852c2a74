#include "passes/verify.hpp"

#include <fmt/format.h>

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
  InputClass inputs = InputClass::finite;
  bool wide_types_only = false;  ///< half precision has no such numbers
};

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

const std::array input_kinds{
    InputKind{"large", {FillKind::uniform, -1e4, 1e4}, InputClass::large, false},
    InputKind{"tiny", {FillKind::uniform, -1e-30, 1e-30}, InputClass::finite, true},
    InputKind{"constant", {FillKind::constant, 0.75, 0}, InputClass::finite, false},
    InputKind{"zero", {FillKind::constant, 0, 0}, InputClass::finite, false},
    InputKind{"mean_shifted", {FillKind::normal, 1000, 1}, InputClass::finite, false},
    InputKind{"nan", {FillKind::constant, not_a_number, 0}, InputClass::nan, false},
    InputKind{"one_nan", {FillKind::corners, not_a_number, 1}, InputClass::nan, false},
    InputKind{"infinity", {FillKind::constant, infinite, 0}, InputClass::infinite, false},
    InputKind{"infinities", {FillKind::corners, infinite, -infinite}, InputClass::infinite, false},
};

/// Rows of which nothing is let through: scores drown in what the mask adds, so that a rounding may show there.
constexpr std::string_view masked = "masked";

InputClass class_of_run(std::string_view name) {
  if (name == masked) return InputClass::finite;
  const auto* kind = std::ranges::find(input_kinds, name, &InputKind::name);
  return kind == input_kinds.end() ? InputClass::ordinary : kind->inputs;
}

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

/// Every mask of ones as zeros; nullopt where there is no mask.
std::optional<ComparedRun> without_masks(const std::vector<InputPlan>& ordinary) {
  ComparedRun run{std::string(masked), ordinary};
  bool any = false;
  for (InputPlan& input : run.inputs) {
    const bool is_mask = input.name.find("mask") != std::string::npos && input.fill == Fill{FillKind::constant, 1, 0};
    if (!is_mask) continue;
    input.fill = {FillKind::constant, 0, 0};
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
  if (auto run = without_masks(ordinary)) runs.push_back(*std::move(run));
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
      if (node.op_type.ends_with("Softmax") && !first.empty()) longest = std::max(longest, std::ranges::max(first));
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
  if (found.status == MeasureStatus::ok) judge(found, promise, class_of_run);
  return found;
}

}  // namespace costscan
