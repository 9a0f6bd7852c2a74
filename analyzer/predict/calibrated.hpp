// Executed nodes + calibration → predicted times with their intervals.
#pragma once

#include <vector>

#include "model/analysis.hpp"
#include "model/prediction.hpp"
#include "predict/calibration.hpp"

namespace costscan {

/// Prediction of one node of the executed graph; all executions in one run.
struct NodePrediction {
  double us = 0;
  double low_us = 0;  ///< 90% interval
  double high_us = 0;
  double deviation = 0;  ///< of the logarithm
  std::string rate_class;
  std::string asked_class;  ///< whose rates were used
  bool calibrated = false;
};

/// Where an executed node stands: a graph of `executed` (the main one or a body) and its node there; null and -1 where
/// that is not known.
struct GraphPlace {
  const Graph* graph = nullptr;
  std::int32_t node = -1;
};

/// By [scope][node], over all executions in one run; nullopt where a shape is unknown. A control-flow node has only
/// what calling its body takes. `costs` are by [scope][node] as far as they are known.
[[nodiscard]] std::vector<std::vector<std::optional<NodePrediction>>> predict_nodes(
    const ShapedModel& executed, const std::vector<std::vector<NodeCost>>& costs, const Calibration& calibration);

/// Sets predicted_us, its interval and rate_class of analysis.runtime (`places` beside it) from analysis.executed, the
/// sum in totals.predicted_runtime_us, and analysis.prediction; warns where more than 5% stands on classes that were
/// not calibrated. Rows keep what the plain roofline said where a node has no prediction.
void predict_calibrated(Analysis& analysis, const std::vector<GraphPlace>& places, const Calibration& calibration,
                        PlanSource plan);

/// Rows take their shares of what the executed nodes are predicted to take: only after attribution. Rows that no
/// executed node stands for take nothing: the runtime dropped or folded them.
void share_predictions(Analysis& analysis);

}  // namespace costscan
