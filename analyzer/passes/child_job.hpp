// Both ends of the child process in which passes use ONNX Runtime: to compute constants, and to compare two models.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "measure/measure.hpp"
#include "measure/request.hpp"
#include "model/measurement.hpp"
#include "model/optimization.hpp"
#include "model/result.hpp"
#include "model/tensor.hpp"

namespace costscan {

/// Inputs for one run of both models.
struct ComparedRun {
  std::string name;  ///< "random", "large", ...
  std::vector<InputPlan> inputs;
};

struct OptimizeJob {
  std::filesystem::path folder;
  MeasureRequest first;
  MeasureRequest second;  ///< with an empty model: only `first` is run, on its own inputs, and its outputs are kept
  std::vector<ComparedRun> runs;
};

struct OptimizeAnswer {
  MeasureStatus status = MeasureStatus::failed;
  std::string reason;
  std::string runtime_version;
  std::vector<RunDifference> runs;
  std::vector<Tensor> outputs;  ///< of `first` alone, with their contents
  /// What the runtime's own optimiser changes in `first` on the inputs of the first run; empty where it fails.
  std::vector<OutputDifference> runtimes_own;
};

/// Runs the job in a child process. Error (measurement) where that cannot be started or leaves no answer; a runtime
/// that refuses a model is an answer.
[[nodiscard]] Result<OptimizeAnswer> run_job(const OptimizeJob& job, const MeasureOptions& options);

/// Entry point of the child process: `costscan --optimize-worker REQUEST_FILE`. Returns its exit code.
int optimize_worker_main(const std::filesystem::path& request_file);

}  // namespace costscan
