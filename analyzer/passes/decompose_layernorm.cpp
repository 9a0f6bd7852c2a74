// LayerNormalization → the elementary operators that ONNX defines it by, for runtimes and machines that lack it.
#include <fmt/format.h>

#include <numeric>

#include "passes/finders.hpp"
#include "passes/opset_ops.hpp"

namespace costscan {
namespace {

bool is_wanted(const GraphView& view, ValueId value) {
  return value != no_value && (view.is_output(value) || !view.uses(value).empty());
}

std::optional<Rewrite> decomposed(const GraphView& view, std::int32_t index) {
  const Node& node = view.node(index);
  const ValueId given = view.input(index, 0);
  const std::int64_t rank = view.rank(given);
  const DType dtype = view.dtype(given);
  std::int64_t axis = int_attribute(node, "axis").value_or(-1);
  axis += axis < 0 ? rank : 0;
  if (rank < 1 || axis < 0 || axis >= rank || !is_floating(dtype)) return std::nullopt;
  std::vector<std::int64_t> axes(static_cast<std::size_t>(rank - axis));
  std::iota(axes.begin(), axes.end(), axis - rank);  // counted from the end
  // Kernels keep statistics of float64 in float64, whatever stash_type says.
  const bool narrow = dtype == DType::float16 || dtype == DType::bfloat16;
  const DType inner = narrow ? static_cast<DType>(int_attribute(node, "stash_type").value_or(1)) : dtype;
  RewriteBuilder builder(view, {index});
  const std::int64_t opset = view.opset();
  const ValueId x = inner == dtype ? given : add_cast(builder, given, inner);
  const ValueId mean = add_reduce_mean(builder, opset, x, axes);
  const ValueId centered = builder.node("Sub", {x, mean});
  const ValueId square = builder.node("Mul", {centered, centered});
  const ValueId variance = add_reduce_mean(builder, opset, square, axes);
  const auto epsilon = static_cast<double>(float_attribute(node, "epsilon").value_or(1e-5F));
  const ValueId root = builder.node("Sqrt", {builder.node("Add", {variance, builder.scalar(inner, epsilon)})});
  ValueId y = builder.node("Div", {centered, root});
  if (inner != dtype) y = add_cast(builder, y, dtype);
  y = builder.node("Mul", {y, view.input(index, 1)});
  if (view.input(index, 2) != no_value) y = builder.node("Add", {y, view.input(index, 2)});
  builder.replace(view.output(index, 0), y);
  if (is_wanted(view, view.output(index, 1))) builder.replace(view.output(index, 1), mean);
  if (is_wanted(view, view.output(index, 2)))
    builder.replace(view.output(index, 2), builder.node("Reciprocal", {root}));
  builder.note(fmt::format("epsilon {}", static_cast<float>(epsilon)));
  return builder.finish();
}

}  // namespace

std::vector<Rewrite> find_decomposable_layer_norm(const PassContext& context) {
  std::vector<Rewrite> found;
  for (std::int32_t index = 0; index < context.view.node_count(); ++index) {
    if (!is_op(context.view.node(index), "LayerNormalization")) continue;
    if (auto rewrite = decomposed(context.view, index)) found.push_back(*std::move(rewrite));
  }
  return found;
}

}  // namespace costscan
