// What the reports say of a calibrated prediction.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "model/prediction.hpp"
#include "reports/report.hpp"
#include "reports/summary.hpp"

namespace costscan {

/// The `prediction` part of the document: null without a calibration.
[[nodiscard]] nlohmann::ordered_json prediction_json(const PredictionReport* prediction);

/// One line: the interval, what it rests on, and how much of it stands on classes that were not calibrated.
void add_prediction(const Analysis& analysis, std::vector<SummaryLine>& lines);

}  // namespace costscan
