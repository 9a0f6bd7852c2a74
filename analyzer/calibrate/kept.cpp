#include "calibrate/kept.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace costscan::calibrate {

std::string title_of(const Calibration& calibration) {
  const CalibrationKey& key = calibration.key;
  return fmt::format("{} · ONNX Runtime {} · {} thread{} · {}{}, {}", key.cpu, key.runtime_version, key.threads,
                     key.threads == 1 ? "" : "s", calibration.mode, calibration.complete ? "" : " (incomplete)",
                     calibration.made);
}

std::vector<Kept> kept_calibrations(const std::filesystem::path& folder) {
  std::vector<Kept> out;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    if (entry.path().extension() != ".json") continue;
    if (auto calibration = read_calibration(entry.path())) out.push_back({entry.path(), *std::move(calibration)});
  }
  std::ranges::sort(out, {}, &Kept::file);
  return out;
}

}  // namespace costscan::calibrate
