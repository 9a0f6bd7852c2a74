// The roofs that measured times are held against, and how long an executed node would take at them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/analysis.hpp"
#include "predict/calibration.hpp"

namespace costscan {

struct Roofs {
  std::string name;
  std::string source;
  MachineRates rates;            ///< of arithmetic, of memory that no cache holds, and of the runtime itself
  std::vector<CopyRate> copies;  ///< smallest footprint first; empty: `rates.bytes_per_second` for every footprint
  /// Best work per second (operations or bytes, by the class) that the runtime was seen to reach, by class of kernels.
  std::map<std::string, double, std::less<>> best_of_class;
};

/// nullopt where nothing is known of the machine that the times come from.
[[nodiscard]] std::optional<Roofs> choose_roofs(const Analysis& analysis, const Calibration* calibration);

/// Bytes per second of memory that holds `footprint_bytes`: interpolated between copies by the logarithm.
[[nodiscard]] double bandwidth_at(const Roofs& roofs, double footprint_bytes);

struct RoofTime {
  double us = 0;                     ///< the runtime's own cost of the node included
  Bound limit = Bound::unknown;      ///< what decides it
  std::optional<double> machine_us;  ///< at the hardware's peaks instead of the class's best; only with a calibration
};

/// nullopt where the executed node has no cost.
[[nodiscard]] std::optional<RoofTime> time_at_roof(const Analysis& analysis, const Roofs& roofs, std::size_t runtime);

}  // namespace costscan
