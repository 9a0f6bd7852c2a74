// Where the runtime's executed nodes stand in the graph that it saved, bodies included.
#pragma once

#include <cstdint>
#include <vector>

#include "model/analysis.hpp"

namespace costscan {

/// A node of the saved graph or of a body in it. The graph lives as long as Measurement::optimized.
struct ExecutedPlace {
  const Graph* graph = nullptr;  ///< nullptr where the node was not found
  std::int32_t node = -1;
};

/// One place per Measurement::nodes. Nodes of bodies are found by name and op type, the nameless in the order of both.
[[nodiscard]] std::vector<ExecutedPlace> locate_executed_nodes(const Measurement& measurement);

/// What each executed node costs over all its executions, by `costs` of the saved graph's scopes (by [scope][node], as
/// cost_model returns them for `executed`). Nodes that were not found have no cost, and say so.
[[nodiscard]] std::vector<NodeCost> executed_costs(const Measurement& measurement, const ShapedModel& executed,
                                                   const std::vector<std::vector<NodeCost>>& costs);

}  // namespace costscan
