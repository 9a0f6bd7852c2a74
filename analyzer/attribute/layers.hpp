// Executed node → original rows by what its name says, where there is no optimised graph to follow: tables from other
// devices, and runtimes that build a layer's name from those of the nodes in it.
#pragma once

#include <vector>

#include "attribute/join.hpp"

namespace costscan {

struct LayerNaming {
  /// A node without a name is called OP_INDEX: as ONNX Runtime counts (Constant nodes left out), else by place in the
  /// file.
  bool runtime_indices = false;
};

/// One Join per `analysis.measurement.nodes`. A name is a node's, or that of a node's output; several are joined by
/// " + " or " || ", wrapped in PWN(...), followed by decoration in brackets, or given as the ends of a range
/// ("{ForeignNode[first...last]}": all nodes between them in file order that no other layer names). A copy made for a
/// layer belongs to that layer. A node with bodies stands for what is in them, unless that is named itself.
[[nodiscard]] std::vector<Join> join_by_layer_names(const Analysis& analysis, const LayerNaming& naming);

}  // namespace costscan
