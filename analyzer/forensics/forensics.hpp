// All findings of one analysed model, located and priced.
#pragma once

#include <optional>
#include <vector>

#include "model/analysis.hpp"
#include "model/forensics.hpp"
#include "predict/calibration.hpp"

namespace costscan {

struct ForensicsOptions {
  FindingScope scope = FindingScope::main;
  bool count_constants = false;  ///< Constant nodes count as nodes of constant parts and shape chains
};

/// Predicted microseconds of every row of `analysis.nodes`, were each executed as it is written: by the calibration
/// where there is one, else by the plain roofline of the analysis's rates.
[[nodiscard]] std::vector<std::optional<double>> written_times(const Analysis& analysis,
                                                               const Calibration* calibration);

/// Every finding of the table, zero or not. What the runtime would still execute is priced where the analysis knows it
/// (Analysis::executed).
[[nodiscard]] ModelFindings investigate(const Analysis& analysis, const std::vector<std::optional<double>>& written_us,
                                        const ForensicsOptions& options);

}  // namespace costscan
