// Values that depend on sizes by steps: what they are at the sizes that were tried tells nothing of others.
#pragma once

#include <vector>

#include "patterns/graph_view.hpp"

namespace costscan {

/// By ValueId: computed from a size (or from an input's contents) by a comparison, a minimum, a division or the like.
/// Arithmetic of steady values is none of that, nor is comparing extents with negative numbers.
[[nodiscard]] std::vector<bool> stepwise_values(const GraphView& view);

}  // namespace costscan
