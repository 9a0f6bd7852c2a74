// Transposes on both sides of operators that compute the same wherever the axes lie.
#pragma once

#include <vector>

#include "passes/axis_ops.hpp"
#include "passes/rewrite.hpp"

namespace costscan {

/// Adds a rewrite for each connected group of such operators that computes on transposed tensors and has fewer
/// Transposes around it when it computes on the untransposed ones. Across::sums: only groups that add along an axis.
void find_transpose_regions(const GraphView& view, Across across, std::vector<Rewrite>& found);

}  // namespace costscan
