#include "forensics/forensics.hpp"
#include "predict/calibrated.hpp"
#include "predict/predict.hpp"

namespace costscan {
namespace {

std::vector<std::optional<double>> roofline_times(const Analysis& analysis) {
  Analysis written;
  written.shaped = analysis.shaped;
  written.nodes = analysis.nodes;
  written.rates = analysis.rates;
  predict(written);
  std::vector<std::optional<double>> times;
  for (const NodeRow& row : written.nodes) times.push_back(row.predicted_us);
  return times;
}

}  // namespace

std::vector<std::optional<double>> written_times(const Analysis& analysis, const Calibration* calibration) {
  std::vector<std::optional<double>> times = roofline_times(analysis);
  if (calibration == nullptr) return times;
  std::vector<std::vector<NodeCost>> costs(analysis.shaped->scopes.size());
  for (std::size_t s = 0; s < costs.size(); ++s) costs[s].resize(analysis.shaped->scopes[s].graph->nodes.size());
  const auto place = [](const NodeRow& row) {
    return std::pair(static_cast<std::size_t>(row.scope_id), static_cast<std::size_t>(row.graph_node));
  };
  for (const NodeRow& row : analysis.nodes) {
    const auto [scope, node] = place(row);
    costs[scope][node] = row.cost;
  }
  const auto predicted = predict_nodes(*analysis.shaped, costs, *calibration);
  for (std::size_t r = 0; r < times.size(); ++r) {
    const auto [scope, node] = place(analysis.nodes[r]);
    if (const auto& one = predicted[scope][node]) times[r] = one->us;
  }
  return times;
}

}  // namespace costscan
