// Runs micro-graphs in the runtime, in this process, and turns what its profile says into calibration points.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "calibrate/graph_builder.hpp"
#include "calibrate/plan.hpp"
#include "costs/cost_library.hpp"
#include "measure/session.hpp"
#include "measure/weight_store.hpp"
#include "model/measurement.hpp"
#include "predict/calibration.hpp"

namespace costscan::calibrate {

/// How often a graph runs.
struct RunLimits {
  double seconds = 0.2;  ///< of timed runs, about
  int at_least = 3;
  int at_most = 15;
};

struct BatchPoints {
  std::vector<CalibrationPoint> points;
  std::vector<std::string> refused;  ///< "case: the runtime's reason"
};

class Bench {
 public:
  /// `folder`: a private one for profiles and saved graphs.
  [[nodiscard]] static Result<Bench> create(Runtime runtime, std::int32_t threads, std::filesystem::path folder);

  /// Points of all nodes that the batch's graph turned into. Cases that the runtime refuses are left out and named.
  /// Error (measurement) where nothing can run at all.
  [[nodiscard]] Result<BatchPoints> measure(const Batch& batch, const RunLimits& limits);

  /// Executed nodes of one graph with their samples, in a warm cache or with the caches emptied before each run.
  [[nodiscard]] Result<Measurement> run(const MicroModel& model, const RunLimits& limits, bool empty_caches);

  [[nodiscard]] const Runtime& runtime() const noexcept { return runtime_; }
  [[nodiscard]] std::int32_t threads() const noexcept { return threads_; }
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
  Bench(Runtime runtime, std::int32_t threads, std::filesystem::path folder, AnonymousMemory stream);
  [[nodiscard]] Result<void> measure_cases(const Batch& batch, std::size_t first, std::size_t count,
                                           const RunLimits& limits, BatchPoints& out);
  void empty_caches();
  Runtime runtime_;
  std::int32_t threads_;
  std::filesystem::path folder_;
  AnonymousMemory stream_;  ///< streamed to evict everything else
  CostLibrary costs_;
};

/// Mean of the middle half of the samples, and that half's width relative to it. It stands for the median, which models
/// are reported by, where the profile's whole microseconds would make the median of a short node jump.
struct Centre {
  double us = 0;
  double spread = 0;
};
[[nodiscard]] Centre centre_of(std::vector<double> us);

/// Nodes of one class at the same coordinates, activation and context become one point.
[[nodiscard]] std::vector<CalibrationPoint> merge_points(std::vector<CalibrationPoint> points);

}  // namespace costscan::calibrate
