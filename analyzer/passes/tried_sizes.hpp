// The view that passes work on: more sizes than detectors try, because a pass relies on what it sees.
#pragma once

#include <memory>

#include "patterns/graph_view.hpp"

namespace costscan {

/// make_view() with odd, small and large sizes of every free dimension besides, as far as the graph admits them: what
/// holds only for multiples of a grid or below a threshold shows. Where other sizes take another branch of an If, no
/// fact is said to hold for every binding.
[[nodiscard]] std::shared_ptr<const GraphView> view_for_passes(const std::shared_ptr<const ShapedModel>& bound);

}  // namespace costscan
