// Which original tensor each tensor of the runtime's graph holds.
#pragma once

#include <string_view>
#include <vector>

#include "attribute/lineage.hpp"
#include "model/graph.hpp"

namespace costscan {

struct TensorMap {
  std::vector<LineageTensor> original;  ///< by value of the executed graph; no_tensor where nothing is known
  /// By value: a copy in another layout, shape or type that the runtime made for the readers of that tensor.
  std::vector<bool> copied;

  [[nodiscard]] LineageTensor of(ValueId id) const {
    return id == no_value ? no_tensor : original[static_cast<std::size_t>(id)];
  }
};

/// By name, through the marks that the runtime puts on names; by the names of nodes where an output got a made-up name;
/// by what stands before or after nodes that only move their operand; and by structure, where equal operators read
/// equal operands.
[[nodiscard]] TensorMap map_tensors(const Lineage& lineage, const Graph& executed);

/// Nodes by which the runtime moves a tensor without computing: reorders, reshapes, casts, copies between devices.
[[nodiscard]] bool only_moves(const Node& node);

/// `name` without `_token_12`, `_nchwc`, `/MatMulAddFusion` and other marks by which the runtime derives names from
/// original ones.
[[nodiscard]] std::string_view without_runtime_marks(std::string_view name);

/// Sets what the made-up names of inlined functions and branches stand for (`_inlfunc_<function>[_token_<n>]_<tensor>`,
/// `_if_then_branch[_token_<n>]_<tensor>`).
void map_inlined_tensors(const Lineage& lineage, const Graph& executed, TensorMap& map);

}  // namespace costscan
