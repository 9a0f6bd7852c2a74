// What has to hold of a graph after a pass: otherwise its changes are not kept.
#pragma once

#include <string>

#include "model/shaped_model.hpp"

namespace costscan {

/// Names are unique and known, producers and initializers are where values say, nodes are sorted. Empty where all that
/// holds; else one line.
[[nodiscard]] std::string structure_fault(const Model& model);

/// Graph inputs and outputs are as before, and every tensor that is in both has the type and shape that it had, as far
/// as that was known. Empty where all that holds; else one line.
[[nodiscard]] std::string shape_fault(const ShapedModel& before, const ShapedModel& after);

}  // namespace costscan
