// Between the model as a value and the graph that transformers change.
#pragma once

#include <memory>

#include "model/result.hpp"
#include "plan/plan_graph.hpp"

namespace costscan::plan {

/// The main graph with model-local functions inlined and Constant nodes as initializers, as the runtime's session
/// starts.
[[nodiscard]] PlanGraph import_graph(const ShapedModel& shaped);

/// The graph as a model; fails (defect) where the nodes do not sort.
[[nodiscard]] Result<std::shared_ptr<const Model>> export_model(const PlanGraph& graph, const ShapedModel& shaped);

}  // namespace costscan::plan
