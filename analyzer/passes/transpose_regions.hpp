// Transposes on both sides of elementwise operators.
#pragma once

#include <vector>

#include "passes/rewrite.hpp"

namespace costscan {

/// Adds a rewrite for each connected group of elementwise operators that computes on transposed tensors and has fewer
/// Transposes around it when it computes on the untransposed ones.
void find_transpose_regions(const GraphView& view, std::vector<Rewrite>& found);

}  // namespace costscan
