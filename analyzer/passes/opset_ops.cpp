#include "passes/opset_ops.hpp"

#include <utility>

namespace costscan {
namespace {

using Ints = std::vector<std::int64_t>;

}  // namespace

std::vector<ValueId> add_split(RewriteBuilder& builder, std::int64_t opset, ValueId x, std::int64_t axis,
                               const Ints& sizes) {
  constexpr std::int64_t sizes_are_an_input = 13;
  if (opset < sizes_are_an_input) {
    return builder.node_outputs("Split", {x}, sizes.size(),
                                {make_attribute("axis", axis), make_attribute("split", sizes)});
  }
  const ValueId given = builder.ints(sizes);
  return builder.node_outputs("Split", {x, given}, sizes.size(), {make_attribute("axis", axis)});
}

ValueId add_slice(RewriteBuilder& builder, std::int64_t opset, ValueId x, std::int64_t axis, std::int64_t begin,
                  std::int64_t end) {
  constexpr std::int64_t bounds_are_inputs = 10;
  if (opset < bounds_are_inputs) {
    return builder.node(
        "Slice", {x},
        {make_attribute("axes", Ints{axis}), make_attribute("starts", Ints{begin}), make_attribute("ends", Ints{end})});
  }
  const ValueId starts = builder.ints({begin});
  const ValueId ends = builder.ints({end});
  const ValueId axes = builder.ints({axis});
  return builder.node("Slice", {x, starts, ends, axes});
}

ValueId add_reduce_mean(RewriteBuilder& builder, std::int64_t opset, ValueId x, const Ints& axes) {
  constexpr std::int64_t axes_are_an_input = 18;
  if (opset < axes_are_an_input) {
    return builder.node("ReduceMean", {x}, {make_attribute("axes", axes), make_attribute("keepdims", std::int64_t{1})});
  }
  const ValueId given = builder.ints(axes);
  return builder.node("ReduceMean", {x, given}, {make_attribute("keepdims", std::int64_t{1})});
}

ValueId add_cast(RewriteBuilder& builder, ValueId x, DType to) {
  return builder.node("Cast", {x}, {make_attribute("to", static_cast<std::int64_t>(to))});
}

}  // namespace costscan
