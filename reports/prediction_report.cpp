#include "reports/prediction_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "reports/json_pieces.hpp"
#include "reports/names.hpp"

namespace costscan {
namespace {

using Json = nlohmann::ordered_json;

std::string known_of_graph(PlanSource plan) {
  switch (plan) {
    case PlanSource::modelled: return "the executed graph as costscan models the optimiser";
    case PlanSource::runtime: return "the graph that the runtime made";
    case PlanSource::measured: break;
  }
  return "the graph that was executed";
}

/// ", 9 hours old"; empty where that is not known.
std::string age_text(const std::optional<double>& seconds) {
  if (!seconds) return {};
  constexpr double hour = 3600;
  const auto ago = [](double count, const char* unit) {
    return fmt::format(", {:.0f} {}{} old", count, unit, count < 1.5 ? "" : "s");
  };
  if (*seconds < 1.5 * 60) return ", just made";
  if (*seconds < 1.5 * hour) return ago(*seconds / 60, "minute");
  return *seconds < 48 * hour ? ago(*seconds / hour, "hour") : ago(*seconds / (24 * hour), "day");
}

}  // namespace

Json prediction_json(const PredictionReport* prediction) {
  if (prediction == nullptr) return nullptr;
  Json classes = Json::array();
  for (const ClassTime& entry : prediction->classes) {
    classes.push_back({{"rate_class", clean_text(entry.rate_class)},
                       {"nodes", entry.nodes},
                       {"predicted_us", entry.us},
                       {"measured_us", entry.measured_us ? Json(*entry.measured_us) : Json(nullptr)},
                       {"calibrated", entry.calibrated},
                       {"asked_class", clean_text(entry.asked_class)}});
  }
  return {{"plan", to_string(prediction->plan)},
          {"calibration", clean_text(prediction->calibration)},
          {"cpu", clean_text(prediction->cpu)},
          {"age_seconds", optional_json(prediction->age_seconds)},
          {"us", prediction->us},
          {"low_us", prediction->low_us},
          {"high_us", prediction->high_us},
          {"uncalibrated_share", prediction->uncalibrated_share},
          {"unknown_nodes", prediction->unknown_nodes},
          {"classes", std::move(classes)}};
}

void add_prediction(const Analysis& analysis, std::vector<SummaryLine>& lines) {
  if (!analysis.prediction) return;
  const PredictionReport& prediction = *analysis.prediction;
  std::string text = fmt::format("90% interval {} to {}   {}   {}{}", time_text(prediction.low_us),
                                 time_text(prediction.high_us), known_of_graph(prediction.plan),
                                 plain_text(prediction.calibration), age_text(prediction.age_seconds));
  if (prediction.uncalibrated_share >= 0.0005)
    text += fmt::format("   {:.1f}% on classes not calibrated", 100 * prediction.uncalibrated_share);
  if (prediction.unknown_nodes > 0)
    text += fmt::format("   {} executed nodes without a prediction", prediction.unknown_nodes);
  lines.push_back({"prediction", std::move(text)});
}

}  // namespace costscan
