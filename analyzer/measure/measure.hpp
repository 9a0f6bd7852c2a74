// Runs a model in ONNX Runtime in a child process and says what was seen. Never fails the analysis: a Measurement
// always comes back, with its status and a reason.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "model/measurement.hpp"
#include "model/shaped_model.hpp"

namespace costscan {

struct MeasureOptions {
  std::filesystem::path
      runtime_library;           ///< --ort-lib; empty: COSTSCAN_ORT_LIB, then the bundled one, then the system's
  std::filesystem::path worker;  ///< the executable to start as worker; empty: this executable
  std::string optimization_level = "all";
  bool plan_only = false;  ///< optimise and save the graph, execute nothing
  std::int32_t threads = 1;
  std::int32_t min_runs = 10;
  std::int32_t max_runs = 200;
  double target_seconds = 2.0;  ///< of timed runs for each of the two sessions, within min and max
  double timeout_seconds = 600;
  std::int64_t memory_limit_bytes = 0;  ///< 0: 90% of the machine's memory
  std::optional<MeasuredRoofs> roofs;   ///< known already: of this machine, runtime and threads; else measured here
  std::function<void(const std::string& line)> progress;  ///< called for each step; empty: silent
};

[[nodiscard]] Measurement measure(const ShapedModel& shaped, const MeasureOptions& options);

/// Entry point of the child process: `costscan --measure-worker REQUEST_FILE`. Returns its exit code.
int measure_worker_main(const std::filesystem::path& request_file);

}  // namespace costscan
