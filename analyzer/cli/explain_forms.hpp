// Totals in the names of the operands' sizes: "8*B*S*H + 2*B*S" for X float32[B,S,H].
#pragma once

#include "cli/explain_operands.hpp"
#include "costs/explain.hpp"

namespace costscan::cli {

/// Fills `forms` where the stated inputs name their sizes; `inputs` are the texts that they were stated by. With
/// `numbers`, each form is also shown with the sizes' values.
void add_forms(Worksheet& sheet, const CostLibrary& library, const StatedNode& stated,
               const std::vector<std::string>& inputs, bool numbers);

/// The same for a node of a model, in the model's free dimensions, over all of its executions.
void add_node_forms(Worksheet& sheet, const CostLibrary& library, const ShapedModel& shaped, ScopeId scope,
                    std::size_t node);

}  // namespace costscan::cli
