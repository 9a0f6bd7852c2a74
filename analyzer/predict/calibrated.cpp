#include "predict/calibrated.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <tuple>
#include <utility>

#include "predict/rate_features.hpp"
#include "predict/rate_model.hpp"
#include "predict/residency.hpp"

namespace costscan {
namespace {

constexpr double normal_90 = 1.645;
constexpr double most_uncalibrated = 0.05;  ///< of a model's time, before a warning

/// Many nodes of a model are alike: each distinct one is asked for once.
class Asked {
 public:
  explicit Asked(RateModel& model) : model_(model) {}

  const ContextTimes& times(const RateFeatures& features) {
    Key key{features.rate_class, features.coords, features.work, features.weight_bytes};
    const auto found = known_.find(key);
    if (found != known_.end()) return found->second;
    return known_.emplace(std::move(key), model_.times(features)).first->second;
  }

 private:
  using Key = std::tuple<std::string, std::vector<double>, double, double>;
  RateModel& model_;
  std::map<Key, ContextTimes> known_;
};

using Predictions = std::vector<std::optional<NodePrediction>>;

NodePrediction prediction_of(const TimeEstimate& estimate, const RateFeatures& features, const ContextTimes& times) {
  NodePrediction found;
  found.us = estimate.us;
  found.low_us = estimate.low_us;
  found.high_us = estimate.high_us;
  found.deviation = estimate.deviation;
  found.rate_class = features.rate_class;
  found.asked_class = times.rate_class;
  found.calibrated = times.calibrated;
  return found;
}

Predictions predict_scope(const Scope& scope, const ScopeLiveness* live, const std::vector<NodeCost>& costs,
                          RateModel& model, Asked& asked) {
  std::vector<std::optional<RateFeatures>> features;
  const std::size_t count = scope.graph->nodes.size();
  features.reserve(count);
  for (std::size_t n = 0; n < count; ++n)
    features.push_back(rate_features(scope, n, n < costs.size() ? costs[n] : NodeCost{}));
  const std::vector<Residence> residences =
      replay(scope, live, features, [&](double distance) { return model.evicted(distance); });
  Predictions found(count);
  for (std::size_t n = 0; n < count; ++n) {
    if (!features[n]) continue;
    const ContextTimes& times = asked.times(*features[n]);
    found[n] = prediction_of(model.estimate(*features[n], times, residences[n]), *features[n], times);
  }
  return found;
}

/// How often a body runs in one run of the model.
double executions_of(const ShapedModel& executed, const Scope& scope) {
  double trips = 1;
  for (const Scope* at = &scope; at->parent >= 0; at = &executed.scopes[static_cast<std::size_t>(at->parent)])
    trips *= static_cast<double>(at->trips);
  return trips;
}

void multiply(Predictions& predictions, double executions) {
  for (auto& node : predictions) {
    if (!node) continue;
    node->us *= executions;
    node->low_us *= executions;
    node->high_us *= executions;
  }
}

/// Calling a body costs about a dispatch each time; what its nodes take is theirs.
void add_call(const Scope& body, double dispatch_us, Predictions& outer) {
  std::optional<NodePrediction>& caller = outer[static_cast<std::size_t>(body.calling_node)];
  constexpr double doubt = 0.7;  // of the logarithm: it was never timed apart
  if (!caller) {
    caller.emplace();
    caller->rate_class = caller->asked_class = "body";
    caller->calibrated = true;
    caller->deviation = doubt;
    caller->us = dispatch_us;
  }
  caller->us += static_cast<double>(body.trips) * dispatch_us;
  caller->low_us = caller->us * std::exp(-normal_90 * doubt);
  caller->high_us = caller->us * std::exp(normal_90 * doubt);
}

std::string describe(const Calibration& calibration) {
  return fmt::format("{} calibration of {} (ONNX Runtime {}, {} thread{}, {} points{})", calibration.mode,
                     calibration.made.substr(0, 10), calibration.key.runtime_version, calibration.key.threads,
                     calibration.key.threads == 1 ? "" : "s", calibration.points.size(),
                     calibration.complete ? "" : ", cut off");
}

/// Errors of one class go together in part, those of different classes do not; the machine's drift moves all.
double model_deviation_us(const std::vector<const NodePrediction*>& nodes, const Calibration& calibration, double us) {
  constexpr double together = 0.5;
  struct Sums {
    double plain = 0;
    double squares = 0;
  };
  std::map<std::string, Sums> classes;
  for (const NodePrediction* node : nodes) {
    const double deviation = node->us * node->deviation;
    Sums& sums = classes[node->asked_class];
    sums.plain += deviation;
    sums.squares += deviation * deviation;
  }
  double variance = 0;
  for (const auto& [name, sums] : classes)
    variance += together * sums.plain * sums.plain + (1 - together) * sums.squares;
  const CalibrationStability& stability = calibration.stability;
  const double apart = stability.repeated > 0 ? stability.p90_confirmation : stability.p90_ratio;
  const double drift = std::log(std::max(apart, 1.0)) / normal_90 * us;
  return std::sqrt(variance + drift * drift);
}

void add_to_class(std::map<std::string, ClassTime>& classes, const NodePrediction& node, const RuntimeRow& row) {
  auto [entry, fresh] = classes.try_emplace(node.rate_class);
  ClassTime& sum = entry->second;
  if (fresh) {
    sum.rate_class = node.rate_class;
    sum.asked_class = node.asked_class;
    sum.calibrated = node.calibrated;
    if (row.measured_us) sum.measured_us = 0;
  }
  ++sum.nodes;
  sum.us += node.us;
  sum.calibrated = sum.calibrated && node.calibrated;
  if (row.measured_us && sum.measured_us) {
    *sum.measured_us += *row.measured_us;
  } else {
    sum.measured_us.reset();
  }
}

void warn_of_uncalibrated(Analysis& analysis, const PredictionReport& report) {
  if (report.uncalibrated_share <= most_uncalibrated) return;
  std::string names;
  int named = 0;
  for (const ClassTime& entry : report.classes) {
    if (entry.calibrated || ++named > 3) continue;
    names += (names.empty() ? "" : ", ") + fmt::format("{} ({:.0f}%)", entry.rate_class, 100 * entry.us / report.us);
  }
  analysis.warnings.push_back(
      fmt::format("{:.0f}% of the predicted time stands on classes that were not calibrated: {}; their times are "
                  "taken from related kernels",
                  100 * report.uncalibrated_share, names));
}

}  // namespace

std::vector<Predictions> predict_nodes(const ShapedModel& executed, const std::vector<std::vector<NodeCost>>& costs,
                                       const Calibration& calibration) {
  RateModel model(calibration);
  Asked asked(model);
  std::vector<Predictions> scopes;
  scopes.reserve(executed.scopes.size());
  static const std::vector<NodeCost> none;
  const auto lives = live_memory(executed, {.rule = MemoryRule::runtime});
  for (std::size_t s = 0; s < executed.scopes.size(); ++s) {
    const ScopeLiveness* live = lives ? &(*lives)[s] : nullptr;
    scopes.push_back(predict_scope(executed.scopes[s], live, s < costs.size() ? costs[s] : none, model, asked));
  }
  for (const Scope& body : executed.scopes) {
    if (body.parent >= 0) add_call(body, calibration.dispatch_us, scopes[static_cast<std::size_t>(body.parent)]);
  }
  for (std::size_t s = 0; s < executed.scopes.size(); ++s)
    multiply(scopes[s], executions_of(executed, executed.scopes[s]));
  return scopes;
}

namespace {

/// Index into the executed graph's scopes and nodes, of a node that was found there.
struct Found {
  std::size_t scope = 0;
  std::size_t node = 0;
};

std::vector<std::optional<Found>> find_places(const ShapedModel& executed, const std::vector<GraphPlace>& places) {
  std::map<const Graph*, std::size_t> scope_of;
  for (std::size_t s = 0; s < executed.scopes.size(); ++s) scope_of.try_emplace(executed.scopes[s].graph.get(), s);
  std::vector<std::optional<Found>> found;
  for (const GraphPlace& place : places) {
    const auto scope = scope_of.find(place.graph);
    std::optional<Found>& entry = found.emplace_back();
    if (scope == scope_of.end() || place.node < 0) continue;
    const auto node = static_cast<std::size_t>(place.node);
    if (node < place.graph->nodes.size()) entry = Found{scope->second, node};
  }
  return found;
}

std::vector<std::vector<NodeCost>> costs_by_place(const Analysis& analysis,
                                                  const std::vector<std::optional<Found>>& places) {
  std::vector<std::vector<NodeCost>> costs;
  for (const Scope& scope : analysis.executed->scopes) costs.emplace_back(scope.graph->nodes.size());
  for (std::size_t r = 0; r < places.size(); ++r) {
    if (places[r]) costs[places[r]->scope][places[r]->node] = analysis.runtime[r].cost;
  }
  return costs;
}

void set_prediction(const NodePrediction& node, RuntimeRow& row) {
  row.predicted_us = node.us;
  row.predicted_low_us = node.low_us;
  row.predicted_high_us = node.high_us;
  row.rate_class = node.rate_class;
}

}  // namespace

void predict_calibrated(Analysis& analysis, const std::vector<GraphPlace>& places, const Calibration& calibration,
                        PlanSource plan) {
  if (!analysis.executed || places.size() != analysis.runtime.size()) return;
  const std::vector<std::optional<Found>> found = find_places(*analysis.executed, places);
  const auto predictions = predict_nodes(*analysis.executed, costs_by_place(analysis, found), calibration);
  auto report = std::make_shared<PredictionReport>();
  report->plan = plan;
  report->calibration = describe(calibration);
  report->cpu = calibration.key.cpu;
  report->age_seconds = age_seconds(calibration.made, std::chrono::system_clock::now());
  std::map<std::string, ClassTime> classes;
  std::vector<const NodePrediction*> nodes;
  double uncalibrated_us = 0;
  for (std::size_t r = 0; r < analysis.runtime.size(); ++r) {
    const std::optional<NodePrediction>* node = found[r] ? &predictions[found[r]->scope][found[r]->node] : nullptr;
    if (node == nullptr || !*node) {
      ++report->unknown_nodes;
      continue;
    }
    set_prediction(**node, analysis.runtime[r]);
    add_to_class(classes, **node, analysis.runtime[r]);
    nodes.push_back(&**node);
    report->us += (*node)->us;
    if (!(*node)->calibrated) uncalibrated_us += (*node)->us;
  }
  if (nodes.empty()) return;
  if (report->us > 0) report->uncalibrated_share = uncalibrated_us / report->us;
  const double deviation = model_deviation_us(nodes, calibration, report->us) / std::max(report->us, 1e-9);
  report->low_us = report->us * std::exp(-normal_90 * deviation);
  report->high_us = report->us * std::exp(normal_90 * deviation);
  for (auto& [name, entry] : classes) report->classes.push_back(std::move(entry));
  std::ranges::sort(report->classes, std::greater{}, &ClassTime::us);
  analysis.totals.predicted_runtime_us = report->unknown_nodes == 0 ? std::optional<double>(report->us) : std::nullopt;
  warn_of_uncalibrated(analysis, *report);
  analysis.prediction = std::move(report);
}

void share_predictions(Analysis& analysis) {
  if (!analysis.prediction) return;
  for (NodeRow& row : analysis.nodes) row.predicted_us = 0;
  double total = 0;
  for (const RuntimeRow& runtime : analysis.runtime) {
    if (!runtime.predicted_us) continue;
    for (std::size_t i = 0; i < runtime.rows.size(); ++i) {
      NodeRow& row = analysis.nodes[static_cast<std::size_t>(runtime.rows[i])];
      const double share =
          i < runtime.shares.size() ? runtime.shares[i] : 1.0 / static_cast<double>(runtime.rows.size());
      row.predicted_us = *row.predicted_us + share * *runtime.predicted_us;
      total += share * *runtime.predicted_us;
    }
  }
  // Part of such a row's time is not known, so the sum of the others is not its time.
  for (const RuntimeRow& runtime : analysis.runtime) {
    if (runtime.predicted_us) continue;
    for (const std::int32_t row : runtime.rows) analysis.nodes[static_cast<std::size_t>(row)].predicted_us.reset();
  }
  analysis.totals.predicted_us = analysis.prediction->unknown_nodes == 0 ? std::optional<double>(total) : std::nullopt;
}

}  // namespace costscan
