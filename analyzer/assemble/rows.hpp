// Shapes + costs → the rows of an Analysis, and their sums.
#pragma once

#include <vector>

#include "model/analysis.hpp"
#include "model/result.hpp"

namespace costscan {

/// One row per node: the main graph in file order, then each instance of a subgraph or function in scope order.
/// `costs` is by [scope][node], as cost_model returns it.
[[nodiscard]] std::vector<NodeRow> build_rows(const ShapedModel& shaped, std::vector<std::vector<NodeCost>> costs);

/// One row per node that the runtime executed, with the executed op's own cost: `costs` by Measurement::nodes, empty
/// where the graph that the runtime executed is not known.
[[nodiscard]] std::vector<RuntimeRow> build_runtime_rows(const Measurement& measurement, std::vector<NodeCost> costs);

/// Sums of the rows, parameters and weights of the model, coverage, measured totals, and the list of uncovered ops.
/// Needs rows and measurement; leaves predicted figures alone. Error (input): a sum beyond int64 names its column.
[[nodiscard]] Result<void> sum_up(Analysis& analysis);

}  // namespace costscan
