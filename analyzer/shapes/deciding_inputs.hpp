// Which graph inputs decide shapes or trip counts by their contents, not by their shape.
#pragma once

#include <unordered_map>

#include "model/graph.hpp"

namespace costscan {

/// `form`: axes and target shapes, for which no number is a natural default.
enum class Decides { size, trips, branch, form };

/// Graph inputs whose contents reach an operand that decides an output's shape, a loop's trip count or a branch, with
/// what they reach first. Goes through subgraphs and functions; stops at Shape and Size, which do not look at contents.
[[nodiscard]] std::unordered_map<ValueId, Decides> deciding_inputs(const Model& model);

/// Bit i is set where input i of this op decides output shapes by its contents; 0 for most ops.
[[nodiscard]] unsigned shape_deciding_operands(const Node& node) noexcept;

}  // namespace costscan
