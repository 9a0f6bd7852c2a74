// Biases of attention's layers that what follows absorbs: no Add is left of them.
#pragma once

#include <vector>

#include "passes/pass.hpp"
#include "patterns/attention_core.hpp"

namespace costscan {

/// The bias of K adds the same to every score of a query, which a softmax does not see: its Add goes. The bias of V
/// comes out of the weighted mean as it went in, since weights sum to 1: it goes through the output projection into
/// that layer's own bias. One rewrite for each.
void find_absorbed_biases(const GraphView& view, const AttentionCore& core, std::vector<Rewrite>& found);

}  // namespace costscan
