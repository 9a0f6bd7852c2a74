// What two models answered to the same inputs, element by element.
#pragma once

#include <vector>

#include "passes/child_job.hpp"

namespace costscan {

/// Outputs of equal name beside each other, in the order of `a`.
[[nodiscard]] std::vector<OutputDifference> differences(const std::vector<Tensor>& a, const std::vector<Tensor>& b);

}  // namespace costscan
