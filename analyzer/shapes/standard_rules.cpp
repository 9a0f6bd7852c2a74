// ONNX operators whose output shape depends on contents (a stated bound), or whose schema has no inference function.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "model/checked_math.hpp"
#include "shapes/elements.hpp"
#include "shapes/own_rules.hpp"

namespace costscan {
namespace {

RuleResult too_large(const NodeInputs& node) {
  return tl::unexpected(fmt::format("the bound on {}'s output leaves the 64-bit range", node.node.op_type));
}

RuleResult same_as_first(const NodeInputs& node, SchemaInference&) {
  return Types{tensor_of(dtype_of(node, 0), shape_of_operand(node, 0))};
}

RuleResult broadcast_to_bool(const NodeInputs& node, SchemaInference&) {
  auto shape = broadcast(shape_of_operand(node, 0), shape_of_operand(node, 1));
  if (!shape) return tl::unexpected(std::string("the operands' shapes do not broadcast"));
  return Types{tensor_of(DType::boolean, std::move(*shape))};
}

/// LayerNormalization and its root-mean-square form: statistics keep the leading dimensions, reduced ones become 1.
RuleResult layer_norm(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  const auto axis = normal_axis(int_attribute(node.node, "axis").value_or(-1), x.size());
  if (!axis) return tl::unexpected(std::string("the axis lies outside the input's rank"));
  Shape statistics = x;
  std::fill(statistics.begin() + static_cast<std::ptrdiff_t>(*axis), statistics.end(), 1);
  const auto stash = static_cast<DType>(int_attribute(node.node, "stash_type").value_or(1));
  const DType scale = dtype_of(node, 1);
  Types out{tensor_of(scale != DType::undefined ? scale : dtype_of(node, 0), x)};
  out.push_back(tensor_of(stash, statistics));
  out.push_back(tensor_of(stash, statistics));
  return out;
}

/// At most every element is non-zero.
RuleResult non_zero(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  const auto count = element_count(std::span<const std::int64_t>(x));
  if (!count) return too_large(node);
  return Types{bounded_tensor(DType::int64, {static_cast<std::int64_t>(x.size()), *count})};
}

/// At most every element (or slice along the axis) is distinct. The inverse indices are exact.
RuleResult unique(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  const auto count = element_count(std::span<const std::int64_t>(x));
  if (!count) return too_large(node);
  Shape values{*count};
  std::int64_t length = *count;
  if (const auto given = int_attribute(node.node, "axis")) {
    const auto axis = normal_axis(*given, x.size());
    if (!axis) return tl::unexpected(std::string("the axis lies outside the input's rank"));
    values = x;
    length = x[*axis];
  }
  const std::int64_t exact[] = {length};
  return Types{bounded_tensor(dtype_of(node, 0), values), bounded_tensor(DType::int64, {length}),
               tensor_of(DType::int64, Shape(std::begin(exact), std::end(exact))),
               bounded_tensor(DType::int64, {length})};
}

/// At most the cap per class and batch, and never more than there are boxes.
RuleResult non_max_suppression(const NodeInputs& node, SchemaInference&) {
  const Shape& boxes = shape_of_operand(node, 0);
  const Shape& scores = shape_of_operand(node, 1);
  if (boxes.size() != 3 || scores.size() != 3) return tl::unexpected(std::string("boxes and scores are of rank 3"));
  std::int64_t cap = 0;  // the operand's default
  if (node.input(2) != nullptr) cap = scalar_int(node.contents(2)).value_or(boxes[1]);
  const auto per_batch = checked_mul(scores[1], std::clamp(cap, std::int64_t{0}, boxes[1]));
  const auto count = per_batch ? checked_mul(scores[0], *per_batch) : std::nullopt;
  if (!count) return too_large(node);
  if (*count == 0) return Types{tensor_of(DType::int64, {0, 3})};
  return Types{bounded_tensor(DType::int64, {*count, 3})};
}

/// Exact where the condition's contents are known; else at most its length.
RuleResult compress(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  const Shape& condition = shape_of_operand(node, 1);
  if (condition.size() != 1) return tl::unexpected(std::string("the condition is of rank 1"));
  Shape out = x;
  std::size_t axis = 0;
  if (const auto given = int_attribute(node.node, "axis")) {
    const auto normal = normal_axis(*given, x.size());
    if (!normal) return tl::unexpected(std::string("the axis lies outside the input's rank"));
    axis = *normal;
  } else {
    const auto count = element_count(std::span<const std::int64_t>(x));
    if (!count) return too_large(node);
    out = {*count};
  }
  const std::int64_t length = std::min(condition[0], out[axis]);
  const KnownValue* contents = node.contents(1);
  if (contents != nullptr && !node.input(1)->value_is_bound) {
    const auto end = contents->ints.begin() + static_cast<std::ptrdiff_t>(length);
    out[axis] = std::count_if(contents->ints.begin(), end, [](std::int64_t x_i) { return x_i != 0; });
    return Types{tensor_of(dtype_of(node, 0), out)};
  }
  out[axis] = length;
  return Types{bounded_tensor(dtype_of(node, 0), out)};
}

/// `maxsplit` bounds the pieces; without it nothing does, and the first output stays unknown.
RuleResult string_split(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  Types out(2);
  if (const auto splits = int_attribute(node.node, "maxsplit"); splits && *splits >= 0 && *splits < (1 << 30)) {
    Shape pieces = x;
    pieces.push_back(*splits + 1);
    out[0] = bounded_tensor(DType::string, std::move(pieces));
  } else {
    out[0].kind = TypeKind::tensor;
    out[0].dtype = DType::string;
  }
  out[1] = tensor_of(DType::int64, x);
  return out;
}

}  // namespace

const RuleEntry* standard_rule(std::string_view op_type) {
  static const std::unordered_map<std::string_view, RuleEntry> table{
      {"GroupNormalization", {same_as_first, 1}},
      {"MeanVarianceNormalization", {same_as_first, 1}},
      {"GreaterOrEqual", {broadcast_to_bool, 3}},
      {"LessOrEqual", {broadcast_to_bool, 3}},
      {"LayerNormalization", {layer_norm, 1}},
      {"SimplifiedLayerNormalization", {layer_norm, 1}},  // ONNX Runtime registers it in the default domain
      {"NonZero", {non_zero, 1}},
      {"Unique", {unique, 1}},
      {"NonMaxSuppression", {non_max_suppression, 3}},
      {"Compress", {compress, 3}},
      {"StringSplit", {string_split, 1}},
  };
  const auto it = table.find(op_type);
  return it == table.end() ? nullptr : &it->second;
}

}  // namespace costscan
