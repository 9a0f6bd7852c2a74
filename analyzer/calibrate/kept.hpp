// The calibrations in the cache folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "predict/calibration.hpp"

namespace costscan::calibrate {

struct Kept {
  std::filesystem::path file;
  Calibration calibration;
};

/// Every calibration of a folder that can be read, by file name.
[[nodiscard]] std::vector<Kept> kept_calibrations(const std::filesystem::path& folder);

/// One line: "AMD EPYC · ONNX Runtime 1.31.1 · 1 thread · full, 2026-11-21T21:40:00Z".
[[nodiscard]] std::string title_of(const Calibration& calibration);

}  // namespace costscan::calibrate
