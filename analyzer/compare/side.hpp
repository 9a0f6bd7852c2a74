// One of two models as alignment sees it: the flat graph of attribute/lineage.hpp with what is known of its tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attribute/lineage.hpp"
#include "model/analysis.hpp"

namespace costscan {

using UnitId = std::int32_t;

struct SideTensor {
  std::string name;  ///< as a node of the graph calls it; empty where no node does
  std::optional<Shape> shape;
  bool constant = false;  ///< computable from constants
};

struct Side {
  const Analysis* analysis = nullptr;
  Lineage lineage;
  std::vector<SideTensor> tensors;     ///< by LineageTensor
  std::vector<LineageTensor> inputs;   ///< of the graph, without those that have a default; no_tensor: nothing reads it
  std::vector<LineageTensor> outputs;  ///< of the graph

  [[nodiscard]] const Unit& unit(UnitId id) const { return lineage.units[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const SideTensor& tensor(LineageTensor id) const { return tensors[static_cast<std::size_t>(id)]; }
  [[nodiscard]] UnitId producer(LineageTensor id) const { return lineage.producer[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const std::vector<UnitId>& readers(LineageTensor id) const {
    return lineage.readers[static_cast<std::size_t>(id)];
  }
  [[nodiscard]] const std::string& op_type(UnitId id) const { return unit(id).node->op_type; }
  /// The row of the unit's own node.
  [[nodiscard]] const NodeRow& row(UnitId id) const { return analysis->nodes[static_cast<std::size_t>(unit(id).row)]; }
};

[[nodiscard]] Side make_side(const Analysis& analysis);

/// False where both are known and differ.
[[nodiscard]] bool shapes_agree(const SideTensor& a, const SideTensor& b);

/// What two units must share to be taken for the same without names: operator, types and shapes of operands,
/// multiplies.
[[nodiscard]] std::string signature(const Side& side, UnitId unit);

}  // namespace costscan
