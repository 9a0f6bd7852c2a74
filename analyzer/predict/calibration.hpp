// What `costscan calibrate` learned of one machine under one runtime with one number of threads: a value, its JSON, and
// where it is kept. Only synthetic micro-graphs fill it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/result.hpp"

namespace costscan {

/// Where a node's operands were when it was timed.
enum class CacheContext {
  warm,          ///< everything in cache: the operands were just made and the graph is small
  cold_weights,  ///< activations just made, weights evicted to memory
  cold,          ///< activations and weights evicted to memory
};

/// One timed node of a micro-graph. `us` is what the runtime's profile says, profiler bias included.
struct CalibrationPoint {
  std::string rate_class;
  std::vector<double> coords;
  std::string activation;
  CacheContext context = CacheContext::warm;
  double work = 0;   ///< in the class's unit
  double bytes = 0;  ///< read and written, weights included
  double weight_bytes = 0;
  double out_elements = 0;
  double us = 0;      ///< centre of the samples (interquartile mean: profiles have whole microseconds)
  double spread = 0;  ///< relative: interquartile range over `us`
  std::int32_t samples = 0;
};

/// Rate of streaming weights (matrix-vector products) when so many bytes are touched between two uses.
struct ResidencyStep {
  double footprint_bytes = 0;
  double bytes_per_second = 0;
};

struct CopyBandwidth {
  std::string level;  ///< "L1", "L2", "L3", "DRAM"
  double working_set_bytes = 0;
  double bytes_per_second = 0;  ///< read plus written, all threads of the calibration together
};

struct ComputePeak {
  std::string dtype;                 ///< "float32", "float64", "int8"
  std::string instructions;          ///< "AVX-512 FMA"
  double operations_per_second = 0;  ///< all threads of the calibration together
};

/// How the points of one class and context are interpolated: found by leaving each point out in turn. What stands
/// beside the base is interpolated in the logarithms of the coordinates (see predict/rate_fit.hpp).
struct RateFit {
  std::string rate_class;
  CacheContext context = CacheContext::warm;
  double overhead_us = 0;  ///< base: overhead + work x us_per_work + bytes x us_per_byte; for the cold contexts
  double us_per_work = 0;  ///< what they add to the warm time
  double us_per_byte = 0;
  std::vector<double> lengths;  ///< per coordinate, in doublings, over which times stay alike
  bool smooth = false;          ///< Matern 3/2 in place of the exponential covariance
  double deviation = 0;         ///< of the logarithm of time from the base
  double nugget = 0;            ///< share of its variance that is noise
  double interval_scale = 1;    ///< what makes 90% of the left-out points lie within 1.645 stated deviations
  double median_error = 0;      ///< relative, of left-out points
  double p90_error = 0;
  std::int32_t points = 0;
};

/// Repeats of the same points at the start, in the middle and at the end of the run.
struct CalibrationStability {
  std::int32_t points = 0;
  double median_ratio = 1;  ///< of later over earlier times
  double p90_ratio = 1;     ///< of the larger over the smaller
  bool steady = true;
  std::int32_t repeated = 0;      ///< points measured in two rounds or more, apart in time
  double p90_confirmation = 1.0;  ///< of their second fastest time over the fastest
  double median_confirmation = 1.0;
};

struct CalibrationKey {
  std::string cpu;              ///< MachineInfo::cpu
  std::string runtime_version;  ///< "1.31.1"
  std::int32_t threads = 1;

  friend bool operator==(const CalibrationKey&, const CalibrationKey&) = default;
};

struct Calibration {
  CalibrationKey key;
  std::string mode;       ///< "quick" or "full"
  bool complete = false;  ///< false: cut off; what is there is usable
  std::string made;       ///< UTC, "2026-11-21T21:40:00Z"
  double seconds = 0;     ///< wall time that it took
  std::vector<CalibrationPoint> points;
  std::vector<RateFit> fits;             ///< of `points`, by fit_rates; empty: made when they are needed
  std::vector<ResidencyStep> residency;  ///< ascending footprints
  double profiler_bias_us = 0;           ///< that profiling adds to each node's event
  double dispatch_us = 0;                ///< of a node beside its kernel, unprofiled
  std::vector<ComputePeak> compute_peaks;
  std::vector<CopyBandwidth> copy_bandwidth;
  CalibrationStability stability;
  std::vector<std::string> warnings;
};

[[nodiscard]] std::string_view to_string(CacheContext context) noexcept;

/// Seconds from `made` (as Calibration::made) to `now`; nullopt where `made` is no time, or lies ahead.
[[nodiscard]] std::optional<double> age_seconds(const std::string& made, std::chrono::system_clock::time_point now);

/// JSON text ↔ value. Error (input): not a calibration, or of another format version; one line.
[[nodiscard]] std::string calibration_json(const Calibration& calibration);
[[nodiscard]] Result<Calibration> parse_calibration(std::string_view json);

/// $XDG_CACHE_HOME/costscan/calibration, else ~/.cache/costscan/calibration; empty where neither is known.
[[nodiscard]] std::filesystem::path calibration_folder();

/// The file of one key in `folder`: readable, and distinct for distinct keys.
[[nodiscard]] std::filesystem::path calibration_file(const std::filesystem::path& folder, const CalibrationKey& key);

/// The file appears whole or not at all. Error (output) names it.
[[nodiscard]] Result<void> write_calibration(const Calibration& calibration, const std::filesystem::path& file);
[[nodiscard]] Result<Calibration> read_calibration(const std::filesystem::path& file);

/// The calibration for `key` in the cache folder; nullopt where there is none or it cannot be read. With an empty
/// runtime version (no runtime was asked) the newest of that CPU and thread count.
[[nodiscard]] std::optional<Calibration> find_calibration(const CalibrationKey& key,
                                                          const std::filesystem::path& folder = calibration_folder());

}  // namespace costscan
