// ONNX operators whose output shape depends on contents (a stated bound), or whose schema has no inference function.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "model/checked_math.hpp"
#include "shapes/elements.hpp"
#include "shapes/own_rules.hpp"

namespace costscan {
namespace {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
using Wide = __int128;  // the distance between two int64
#pragma GCC diagnostic pop

RuleResult too_large(const NodeInputs& node) {
  return tl::unexpected(fmt::format("the bound on {}'s output leaves the 64-bit range", node.node.op_type));
}

RuleResult like_first_to_bool(const NodeInputs& node, SchemaInference&) {
  return Types{tensor_of(DType::boolean, shape_of_operand(node, 0))};
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

/// A tensor of which only the element type is known.
TensorInfo untold(DType dtype) {
  TensorInfo out;
  out.kind = TypeKind::tensor;
  out.dtype = dtype;
  return out;
}

/// Operands are scalars; tensors of one element are taken too, as the runtime does.
RuleResult range(const NodeInputs& node, SchemaInference&) {
  const KnownValue* start = node.contents(0);
  const KnownValue* limit = node.contents(1);
  const KnownValue* delta = node.contents(2);
  const DType dtype = dtype_of(node, 0);
  if (start == nullptr || limit == nullptr || delta == nullptr) return Types{untold(dtype)};
  if (size_of(*start) != 1 || size_of(*limit) != 1 || size_of(*delta) != 1) {
    return tl::unexpected(std::string("start, limit and delta are scalars"));
  }
  double count = 0;
  if (holds_ints(dtype) && holds_ints(limit->dtype) && holds_ints(delta->dtype)) {
    const auto span = static_cast<Wide>(limit->ints[0]) - start->ints[0];
    const Wide step = delta->ints[0];
    if (step == 0) return tl::unexpected(std::string("delta is 0"));
    const Wide whole = span / step;
    const Wide steps = whole + ((span % step != 0 && (span < 0) == (step < 0)) ? 1 : 0);
    count = static_cast<double>(std::max<Wide>(steps, 0));
  } else {
    if (start->floats.empty() || limit->floats.empty() || delta->floats.empty()) return Types{untold(dtype)};
    if (delta->floats[0] == 0.0) return tl::unexpected(std::string("delta is 0"));
    count = std::ceil(rounded_to(dtype, limit->floats[0] - start->floats[0]) / delta->floats[0]);
  }
  if (!(count < 9.0e15)) return too_large(node);
  return Types{tensor_of(dtype, {std::max(std::int64_t{0}, static_cast<std::int64_t>(count))})};
}

/// (signal [batch, length, 1 or 2], frame_step, window, frame_length) → [batch, frames, bins, 2]
RuleResult short_time_fourier(const NodeInputs& node, SchemaInference&) {
  const Shape& signal = shape_of_operand(node, 0);
  const auto step = scalar_int(node.contents(1));
  const Shape& window = shape_of_operand(node, 2);
  auto length = scalar_int(node.contents(3));
  if (!length && window.size() == 1) length = window[0];
  if (signal.size() < 2 || !step || !length) return Types{untold(dtype_of(node, 0))};
  if (*step < 1 || *length < 1 || *length > signal[1]) {
    return tl::unexpected(std::string("frames do not fit the signal"));
  }
  const bool real = signal.size() == 2 || signal.back() == 1;
  const bool one_sided = real && int_attribute(node.node, "onesided").value_or(1) != 0;
  const std::int64_t frames = (signal[1] - *length) / *step + 1;
  return Types{tensor_of(dtype_of(node, 0), {signal[0], frames, one_sided ? *length / 2 + 1 : *length, 2})};
}

RuleResult max_unpool(const NodeInputs& node, SchemaInference& schemas) {
  if (const KnownValue* size = node.contents(2)) return Types{tensor_of(dtype_of(node, 0), size->ints)};
  if (node.input(2) != nullptr) return Types{untold(dtype_of(node, 0))};
  return as_standard(node, schemas, "MaxUnpool", {node.inputs.begin(), node.inputs.end()}, node.version);
}

/// (Q [B, heads, L, E], K, V [B, kv heads, S, Ev]); the score functions of its graph attributes keep the scores' shape.
RuleResult flex_attention(const NodeInputs& node, SchemaInference&) {
  Shape out = shape_of_operand(node, 0);
  const Shape& values = shape_of_operand(node, 2);
  if (out.size() != 4 || values.size() != 4) return tl::unexpected(std::string("query and values are of rank 4"));
  out[3] = values[3];
  return Types{tensor_of(dtype_of(node, 0), std::move(out))};
}

RuleResult by_schema(const NodeInputs& node, SchemaInference& schemas) {
  SchemaResult result = schemas.infer(node);
  if (!result.error.empty()) return tl::unexpected(std::move(result.error));
  Types out;
  for (InferredOutput& output : result.outputs) out.push_back(std::move(output.info));
  return out;
}

/// The schemas do not say the shape of the scores, [batch, heads, queries, keys].
RuleResult attention(const NodeInputs& node, SchemaInference& schemas) {
  auto out = by_schema(node, schemas);
  if (!out || out->size() < 4 || (*out)[3].shape) return out;
  const Shape& query = shape_of_operand(node, 0);
  const Shape& key = shape_of_operand(node, 1);
  const Shape& past = shape_of_operand(node, 4);
  const auto heads = query.size() == 4 ? std::optional(query[1]) : int_attribute(node.node, "q_num_heads");
  if (query.size() < 3 || key.size() != query.size() || !heads) return out;
  const auto keys = checked_add(key[key.size() - 2], past.size() == 4 ? past[2] : 0);
  if (keys) (*out)[3] = tensor_of(dtype_of(node, 0), {query[0], *heads, query[query.size() - 2], *keys});
  return out;
}

/// The mask has the data's type.
RuleResult old_dropout(const NodeInputs& node, SchemaInference&) {
  return Types(2, tensor_of(dtype_of(node, 0), shape_of_operand(node, 0)));
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
      {"Attention", {attention, 0}},
      {"NonZero", {non_zero, 1}},
      {"Unique", {unique, 1}},
      {"NonMaxSuppression", {non_max_suppression, 3}},
      {"Compress", {compress, 3}},
      {"Range", {range, 0}},
      {"STFT", {short_time_fourier, 1}},
      {"MaxUnpool", {max_unpool, 1}},
      {"FlexAttention", {flex_attention, 5}},
  };
  const auto it = table.find(op_type);
  return it == table.end() ? nullptr : &it->second;
}

/// Versions of which the schemas say nothing: the second operand of an elementwise operator is stretched to the first.
const RuleEntry* old_rule(std::string_view op_type, std::int64_t version) {
  struct OldRule {
    std::int64_t before;
    RuleEntry entry;
  };
  static const OldRule arithmetic{7, {same_as_first, 1}};
  static const OldRule comparison{7, {like_first_to_bool, 1}};
  static const std::unordered_map<std::string_view, OldRule> table{
      {"Add", arithmetic},   {"Sub", arithmetic},     {"Mul", arithmetic},  {"Div", arithmetic},
      {"Pow", arithmetic},   {"And", arithmetic},     {"Or", arithmetic},   {"Xor", arithmetic},
      {"Equal", comparison}, {"Greater", comparison}, {"Less", comparison}, {"Dropout", {10, {old_dropout, 1}}},
  };
  const auto it = table.find(op_type);
  return it == table.end() || version >= it->second.before ? nullptr : &it->second.entry;
}

}  // namespace costscan
