// Two models run in turn in one child process: their times, and what they answer to the same inputs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "compare/carry.hpp"
#include "measure/measure.hpp"
#include "measure/request.hpp"
#include "model/comparison.hpp"

namespace costscan {

/// What the parent asks of the worker. Both models' requests share the folder, the runtime and the limits.
struct PairRequest {
  std::filesystem::path folder;  ///< private: everything that the worker writes goes there
  MeasureRequest a;
  MeasureRequest b;
  std::vector<std::string> seeds_b;  ///< by input of B: the name that seeds its contents, A's where A has that input
  SharedWeights weights;
  std::uint64_t seed = 1;  ///< of the order of runs
};

/// Both models in a child process, in rounds whose order is drawn, in several sittings with sessions of their own.
/// Never fails the comparison: a PairMeasurement always comes back, with its status and a reason.
[[nodiscard]] PairMeasurement measure_pair(const ShapedModel& a, const ShapedModel& b, const SharedWeights& shared,
                                           const MeasureOptions& options);

/// measure_pair() with a fault for the worker to commit (see commit_fault): for tests.
[[nodiscard]] PairMeasurement measure_pair_with_fault(const ShapedModel& a, const ShapedModel& b,
                                                      const SharedWeights& shared, const MeasureOptions& options,
                                                      const std::string& fault);

/// Entry point of the child process: `costscan --compare-worker REQUEST_FILE`. Returns its exit code.
int compare_worker_main(const std::filesystem::path& request_file);

/// What the child does, in the child: answers in the request's folder after each phase. Progress goes to standard
/// output.
void measure_pair_in_this_process(const PairRequest& request, PairMeasurement& measurement);

/// Errors (measurement) name the file. The models' own requests stand in files of their own.
[[nodiscard]] Result<void> write_pair_request(const PairRequest& request, const std::filesystem::path& file);
[[nodiscard]] Result<PairRequest> read_pair_request(const std::filesystem::path& file);
[[nodiscard]] Result<void> write_pair(const PairMeasurement& measurement, const std::filesystem::path& file);
[[nodiscard]] Result<PairMeasurement> read_pair(const std::filesystem::path& file);

}  // namespace costscan
