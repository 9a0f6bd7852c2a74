// What a calibration has found so far, one line a step, so that a killed run goes on where it stopped.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "model/result.hpp"
#include "predict/calibration.hpp"

namespace costscan::calibrate {

/// One step that has ended: a batch of points, or one of the measurements beside them.
struct JournalEntry {
  std::string step;                  ///< the batch's id
  double seconds = 0;                ///< that it took
  std::vector<std::string> refused;  ///< what could not be measured, with the reason
  Calibration found;                 ///< only the fields that the step fills
};

/// Creates the file for a plan, or empties one of another plan; keeps one of the same. Error (output) names it.
[[nodiscard]] Result<void> open_journal(const std::filesystem::path& file, const std::string& plan, bool afresh);

/// Adds a line. Error (output) names the file.
[[nodiscard]] Result<void> append_entry(const std::filesystem::path& file, const JournalEntry& entry);

/// Every whole line; the one that a kill has cut is left out. Error (output) where it cannot be read.
[[nodiscard]] Result<std::vector<JournalEntry>> read_journal(const std::filesystem::path& file);

}  // namespace costscan::calibrate
