// What the fusions of formulas into one operator ask of a match before they replace it.
#pragma once

#include <string_view>

#include "passes/pass.hpp"
#include "patterns/pattern.hpp"

namespace costscan {

/// Whether operators of the runtime's own may be used: the caller says so, or the model itself imports them, so that
/// one more adds no requirement.
[[nodiscard]] bool may_use_runtime_ops(const PassContext& context) noexcept;

/// Why a site stays as it is where they may not.
inline constexpr const char* needs_runtime_ops =
    "the model's opset has no such operator: --contrib takes ONNX Runtime's own";

/// Whether every node of a formula computes in one floating type without copies in other types between, and nothing
/// but its result `y` is read elsewhere.
[[nodiscard]] bool is_self_contained(const GraphView& view, const PatternMatch& match);

}  // namespace costscan
