// Operators whose form depends on the opset, as nodes of a rewrite.
#pragma once

#include <cstdint>
#include <vector>

#include "passes/rewrite.hpp"

namespace costscan {

/// x in pieces of these sizes along `axis`.
[[nodiscard]] std::vector<ValueId> add_split(RewriteBuilder& builder, std::int64_t opset, ValueId x, std::int64_t axis,
                                             const std::vector<std::int64_t>& sizes);

/// x[..., begin:end, ...] along `axis`.
[[nodiscard]] ValueId add_slice(RewriteBuilder& builder, std::int64_t opset, ValueId x, std::int64_t axis,
                                std::int64_t begin, std::int64_t end);

/// Mean along `axes`, which are kept with length 1.
[[nodiscard]] ValueId add_reduce_mean(RewriteBuilder& builder, std::int64_t opset, ValueId x,
                                      const std::vector<std::int64_t>& axes);

[[nodiscard]] ValueId add_cast(RewriteBuilder& builder, ValueId x, DType to);

}  // namespace costscan
