#include "measure/leave_one_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "measure/child.hpp"
#include "measure/process.hpp"

namespace costscan {
namespace {

namespace fs = std::filesystem;

void fail_with(OptimizerStudy& study, MeasureStatus status, std::string reason) {
  study.status = status;
  study.reason = std::move(reason);
}

/// The child's answer, and what its end says beyond it.
void run_child_of(OptimizerStudy& study, const MeasureRequest& request, const MeasureOptions& options) {
  const fs::path folder = request.folder;
  if (const auto written = write_request(request, request_file(folder)); !written) {
    return fail_with(study, MeasureStatus::failed, written.error().message);
  }
  const auto end = run_child(worker_program(options.worker), {"--measure-worker", request_file(folder).string()},
                             folder / "stderr", options.timeout_seconds, options.progress);
  if (!end) return fail_with(study, MeasureStatus::failed, end.error().message);
  const std::string tail = error_tail(folder / "stderr");
  std::error_code failed;
  if (fs::exists(result_file(folder), failed)) {
    if (auto answer = read_study(result_file(folder))) {
      study = *std::move(answer);
    } else {
      fail_with(study, MeasureStatus::failed, answer.error().message);
    }
  } else {
    fail_with(study, MeasureStatus::failed,
              "the measuring worker left no answer" + (tail.empty() ? std::string() : ": " + tail));
  }
  if (auto bad = judge_end(*end, tail, options.timeout_seconds)) fail_with(study, bad->status, std::move(bad->reason));
}

}  // namespace

OptimizerStudy leave_one_out(const ShapedModel& shaped, const MeasureOptions& options) {
  OptimizerStudy study;
  study.optimization_level = options.optimization_level;
  study.threads = std::max(options.threads, 1);
  const auto folder = PrivateFolder::create();
  if (!folder) {
    fail_with(study, MeasureStatus::failed, folder.error().message);
    return study;
  }
  auto request = make_request(shaped, options, folder->path());
  if (request) {
    request->leave_one_out = true;
    run_child_of(study, *request, options);
  } else {
    fail_with(study, MeasureStatus::failed, request.error().message);
  }
  study.advice = advice_for(study.status);
  return study;
}

std::vector<std::string> transformers_that_modified(std::span<const std::string> log_lines) {
  constexpr std::string_view begin = "GraphTransformer ";
  constexpr std::string_view end = " modified: 1";
  std::vector<std::string> names;
  for (const std::string_view line : log_lines) {
    const auto at = line.find(begin);
    const auto stop = line.find(end);
    if (at == std::string_view::npos || stop == std::string_view::npos || stop <= at + begin.size()) continue;
    const std::string name(line.substr(at + begin.size(), stop - at - begin.size()));
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

std::span<const std::string_view> rewrite_rules(std::string_view transformer) {
  // As ONNX Runtime 1.31.1's library holds them; a rule that another version does not know disables nothing, and is
  // then left out for having changed nothing.
  static constexpr std::array<std::string_view, 23> rules{"EliminateIdentity",
                                                          "EliminateSlice",
                                                          "UnsqueezeElimination",
                                                          "EliminateDropout",
                                                          "ExpandElimination",
                                                          "CastElimination",
                                                          "CastChainElimination",
                                                          "PreShapeNodeElimination",
                                                          "NoopElimination",
                                                          "DivMulFusion",
                                                          "FuseReluClip",
                                                          "GemmSumFusion",
                                                          "GemmTransposeFusion",
                                                          "NotWhereFusion",
                                                          "ConvAddFusion",
                                                          "ConvMulFusion",
                                                          "ConvBNFusion",
                                                          "Pad_Fusion",
                                                          "MatMul_BatchNormalization_Fusion",
                                                          "LabelEncoderFusion",
                                                          "ClipQuantRewrite",
                                                          "ReluQuantRewrite",
                                                          "GemmActivationFusion"};
  if (!transformer.ends_with("_RuleBasedTransformer")) return {};
  return rules;
}

}  // namespace costscan
