// Measures this machine under this runtime from synthetic micro-graphs, and keeps what it found for predictions.
//
// Each step is written down as it ends (journal.hpp), so that a run that was killed goes on where it stopped. The work
// is done in a child process: a kernel that crashes costs its own step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "calibrate/plan.hpp"
#include "model/result.hpp"
#include "predict/calibration.hpp"

namespace costscan::calibrate {

struct Progress {
  std::size_t done = 0;
  std::size_t steps = 0;
  double seconds = 0;  ///< since the start of this run
  double box_seconds = 0;
  std::string step;  ///< "gemm, cold"
};

struct CalibrateOptions {
  std::filesystem::path runtime_library;  ///< --ort-lib; empty: looked for
  std::filesystem::path worker;           ///< the executable to start as worker; empty: this executable
  std::filesystem::path folder = calibration_folder();
  Mode mode = Mode::full;
  std::int32_t threads = 1;
  bool force = false;   ///< start anew, whatever there is
  bool more = false;    ///< add a round to what there is
  double seconds = 0;   ///< box of time; 0: the mode's own (50 s and 270 s; 200 s for one more round)
  std::string fault{};  ///< tests only: see WorkerRequest
  std::function<void(const Progress&)> progress{};
};

struct Outcome {
  Calibration calibration;
  std::filesystem::path file;
  bool reused = false;         ///< there was one already: nothing was measured
  std::size_t resumed_at = 0;  ///< steps that an earlier, unfinished run had done
};

/// Calibrates, or finds the calibration that exists. Errors: measurement (no runtime, or it cannot run the micro-graphs
/// at all), output (the cache folder cannot be written). What single steps lack is in the calibration's warnings.
[[nodiscard]] Result<Outcome> calibrate(const CalibrateOptions& options);

/// The values of a journal put together; `complete` and warnings are set.
struct JournalEntry;
[[nodiscard]] Calibration assemble(std::vector<JournalEntry> entries, std::size_t steps);

/// From the repeats of the stability sample, in the order in which they were run.
[[nodiscard]] CalibrationStability stability_of(const std::vector<std::vector<CalibrationPoint>>& repeats);

}  // namespace costscan::calibrate
