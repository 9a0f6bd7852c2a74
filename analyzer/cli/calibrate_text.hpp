// A calibration in words and tables, for the terminal.
#pragma once

#include <string>

#include "predict/calibration.hpp"

namespace costscan::cli {

/// Peaks, residency, overheads, stability, and a table of the classes with their rates and how well they interpolate.
[[nodiscard]] std::string calibration_text(const Calibration& calibration);

}  // namespace costscan::cli
