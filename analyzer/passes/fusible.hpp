// What the fusions of formulas into one operator ask of a match before they replace it.
#pragma once

#include <string_view>

#include "passes/pass.hpp"
#include "patterns/pattern.hpp"

namespace costscan {

/// Whether the model itself imports the runtime's own operators, so that using one more adds no requirement.
[[nodiscard]] bool imports_runtime_ops(const GraphView& view) noexcept;

/// Whether every node of a formula computes in one floating type without copies in other types between, and nothing
/// but its result `y` is read elsewhere.
[[nodiscard]] bool is_self_contained(const GraphView& view, const PatternMatch& match);

}  // namespace costscan
