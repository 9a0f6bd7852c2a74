// Values that depend on sizes by steps: what they are at the sizes that were tried tells nothing of others.
#pragma once

#include <vector>

#include "patterns/graph_view.hpp"

namespace costscan {

/// By ValueId: computed from a size (or from an input's contents) by a comparison, a minimum, a division or the like.
/// Arithmetic of steady values is none of that, nor is comparing extents with negative numbers.
[[nodiscard]] std::vector<bool> stepwise_values(const GraphView& view);

/// By ValueId: the tensor's own extents may depend on a size in that way: a Slice that ends at a number cuts off what a
/// longer tensor has. What is combined elementwise with a tensor of the same extents that is not cut is not, either.
[[nodiscard]] std::vector<bool> cut_shapes(const GraphView& view);

}  // namespace costscan
