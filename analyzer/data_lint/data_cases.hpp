// The shapes at which cost models are looked at where no test is at hand.
#pragma once

#include <vector>

#include "costs/cost_library.hpp"
#include "data_lint/vector_case.hpp"

namespace costscan {

/// Cases that travel with costscan: tests/vectors.
[[nodiscard]] std::vector<vectors::Case> builtin_cases();

/// One case for each file that has an `example`: each name in it stands for a size of its own.
[[nodiscard]] std::vector<vectors::Case> example_cases(const CostLibrary& library);

}  // namespace costscan
