// What the parent asks of the worker, and what the worker answers: two JSON files in a private folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "measure/roles.hpp"
#include "model/measurement.hpp"
#include "model/result.hpp"

namespace costscan {

struct MeasureRequest {
  std::filesystem::path model;
  std::filesystem::path folder;           ///< the private folder: everything the worker writes goes there
  std::filesystem::path runtime_library;  ///< empty: looked for
  std::string optimization_level = "all";
  bool plan_only = false;
  std::int32_t threads = 1;
  std::int32_t min_runs = 10;
  std::int32_t max_runs = 200;
  double target_seconds = 2.0;
  double timeout_seconds = 600;
  std::int64_t memory_limit_bytes = 0;
  std::vector<InputPlan> inputs;
  std::vector<WeightPlan> weights;
  bool measure_roofs = true;
  bool leave_one_out = false;  ///< compare the runtime's optimisers (leave_one_out.hpp) instead of measuring nodes
  std::string fault;  ///< tests only: "crash", "kill", "hang", "memory", "exit", each also with "@profiled" or "@start"
};

/// Files of the private folder.
[[nodiscard]] std::filesystem::path request_file(const std::filesystem::path& folder);
[[nodiscard]] std::filesystem::path result_file(const std::filesystem::path& folder);
[[nodiscard]] std::filesystem::path optimized_file(const std::filesystem::path& folder);

/// Errors (measurement) name the file.
[[nodiscard]] Result<void> write_request(const MeasureRequest& request, const std::filesystem::path& file);
[[nodiscard]] Result<MeasureRequest> read_request(const std::filesystem::path& file);

/// All of a Measurement that the worker knows: not `optimized` (a file of its own) and not `machine`. The file appears
/// whole or not at all, so that a worker which dies while writing leaves the answer before.
[[nodiscard]] Result<void> write_result(const Measurement& measurement, const std::filesystem::path& file);
[[nodiscard]] Result<Measurement> read_result(const std::filesystem::path& file);

}  // namespace costscan
