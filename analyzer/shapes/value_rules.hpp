// The table of value rules: one function per operator (or family) that computes contents from contents.
#pragma once

#include <span>
#include <string_view>

#include "shapes/values.hpp"

namespace costscan {

/// Sets `value` of the outputs it can follow. Output dtypes and shapes are known; shapes hold at most
/// max_known_elements elements.
using ValueRule = void (*)(const NodeInputs&, std::span<TensorInfo>);

/// Rule for an operator of ai.onnx, or null.
[[nodiscard]] ValueRule value_rule(std::string_view op_type);

[[nodiscard]] ValueRule elementwise_rule(std::string_view op_type);  ///< arithmetic, comparisons, Cast, Where
[[nodiscard]] ValueRule reduce_rule(std::string_view op_type);       ///< Reduce*, Arg*, CumSum, TopK
[[nodiscard]] ValueRule indexing_rule(std::string_view op_type);     ///< Gather*, Scatter*, Slice, Pad, Trilu
[[nodiscard]] ValueRule movement_rule(std::string_view op_type);     ///< Shape, Reshape, Concat, Expand, Range, ...

/// The list of integers that an operator takes as an attribute in old opsets and as operand `index` in new ones.
/// nullopt where it is given but unknown; `*absent` tells the case that it is not given at all.
[[nodiscard]] std::optional<std::vector<std::int64_t>> ints_operand(const NodeInputs& node, std::size_t index,
                                                                    std::string_view attribute, bool* absent);

}  // namespace costscan
