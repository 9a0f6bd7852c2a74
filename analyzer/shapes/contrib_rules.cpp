// com.microsoft operators that the onnx library has no schema for: products, normalisations, elementwise and quantised
// ones. Source: ONNX Runtime's operator documentation (docs/ContribOperators.md), checked by its own runs.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "model/checked_math.hpp"
#include "shapes/elements.hpp"
#include "shapes/own_rules.hpp"

namespace costscan {
namespace {

RuleResult same_as_second(const NodeInputs& node, SchemaInference&) {
  return Types{tensor_of(dtype_of(node, 1), shape_of_operand(node, 1))};
}

RuleResult broadcast_operands(const NodeInputs& node, std::initializer_list<std::size_t> operands, DType dtype) {
  Shape shape;
  for (const std::size_t operand : operands) {
    auto next = broadcast(shape, shape_of_operand(node, operand));
    if (!next) return tl::unexpected(std::string("the operands' shapes do not broadcast"));
    shape = std::move(*next);
  }
  return Types{tensor_of(dtype, std::move(shape))};
}

// (A, A_scale, A_zero_point, B, B_scale, B_zero_point, C_scale, C_zero_point)
RuleResult quantised_binary(const NodeInputs& node, SchemaInference&) {
  return broadcast_operands(node, {0, 3}, dtype_of(node, 0));
}

// (condition, X, x_scale, x_zero_point, Y, y_scale, y_zero_point, z_scale, z_zero_point)
RuleResult quantised_where(const NodeInputs& node, SchemaInference&) {
  return broadcast_operands(node, {0, 1, 4}, dtype_of(node, 1));
}

RuleResult bias_dropout(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  return Types{tensor_of(dtype_of(node, 0), x), tensor_of(DType::boolean, x)};
}

/// Bias, then the first half of the channels times the gelu of the second half.
RuleResult bias_split_gelu(const NodeInputs& node, SchemaInference&) {
  Shape out = shape_of_operand(node, 0);
  if (out.empty()) return tl::unexpected(std::string("the input is a scalar"));
  out.back() /= 2;
  return Types{tensor_of(dtype_of(node, 0), std::move(out))};
}

// ---- products ------------------------------------------------------------------------------------------------------

/// numpy's matmul; nullopt where the inner dimensions differ or a batch does not broadcast.
std::optional<Shape> matmul(Shape a, Shape b) {
  if (a.empty() || b.empty()) return std::nullopt;
  const bool row = a.size() == 1;
  const bool column = b.size() == 1;
  if (row) a.insert(a.begin(), 1);
  if (column) b.push_back(1);
  if (a.back() != b[b.size() - 2]) return std::nullopt;
  auto out = broadcast(Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
  if (!out) return std::nullopt;
  if (!row) out->push_back(a[a.size() - 2]);
  if (!column) out->push_back(b.back());
  return out;
}

RuleResult product(DType dtype, const Shape& a, const Shape& b) {
  auto out = matmul(a, b);
  if (!out) return tl::unexpected(std::string("the operands' shapes do not multiply"));
  return Types{tensor_of(dtype, std::move(*out))};
}

/// `trans` swaps the last two dimensions; `transBatch` moves the first one before the last ([b, m, k] from [m, b, k]).
Shape transposed(Shape shape, bool matrix, bool batch) {
  const std::size_t rank = shape.size();
  if (rank < 2) return shape;
  if (batch && rank > 2) std::rotate(shape.begin(), shape.begin() + 1, shape.end() - 1);
  if (matrix) std::swap(shape[rank - 1], shape[rank - 2]);
  return shape;
}

RuleResult fused_matmul(const NodeInputs& node, SchemaInference&) {
  const auto flag = [&](std::string_view name) { return int_attribute(node.node, name).value_or(0) != 0; };
  return product(dtype_of(node, 0), transposed(shape_of_operand(node, 0), flag("transA"), flag("transBatchA")),
                 transposed(shape_of_operand(node, 1), flag("transB"), flag("transBatchB")));
}

// (A, B, ...) → the dtype of A
RuleResult plain_matmul(const NodeInputs& node, SchemaInference&) {
  return product(dtype_of(node, 0), shape_of_operand(node, 0), shape_of_operand(node, 1));
}

RuleResult integer_matmul(const NodeInputs& node, SchemaInference&) {
  return product(DType::int32, shape_of_operand(node, 0), shape_of_operand(node, 1));
}

// (A, B, a_scale, b_scale, ...) → the dtype of the scales
RuleResult matmul_to_float(const NodeInputs& node, SchemaInference&) {
  return product(dtype_of(node, 2), shape_of_operand(node, 0), shape_of_operand(node, 1));
}

/// Weights packed by columns: A [..., K] times [K, N] with K and N as attributes.
RuleResult packed_matmul(const NodeInputs& node, SchemaInference&) {
  Shape out = shape_of_operand(node, 0);
  const auto columns = int_attribute(node.node, "N");
  const auto inner = int_attribute(node.node, "K");
  if (out.empty() || !columns || !inner) return tl::unexpected(std::string("needs the attributes K and N"));
  const bool from_b = int_attribute(node.node, "transB").value_or(1) != 0;
  if (from_b && out.back() != *inner) {
    return tl::unexpected(fmt::format("the input's last dimension is {}, but K is {}", out.back(), *inner));
  }
  out.back() = from_b ? *columns : *inner;
  return Types{tensor_of(dtype_of(node, 0), std::move(out))};
}

// (A, B_packed, B_shape)
RuleResult matmul_by_shape(const NodeInputs& node, SchemaInference&) {
  const KnownValue* b = node.contents(2);
  if (b == nullptr || b->ints.size() < 2) return Types{};
  return product(dtype_of(node, 0), shape_of_operand(node, 0), b->ints);
}

RuleResult gemm_shape(const NodeInputs& node, std::size_t b_operand, DType dtype) {
  const auto flag = [&](std::string_view name) { return int_attribute(node.node, name).value_or(0) != 0; };
  const Shape& a = shape_of_operand(node, 0);
  const Shape& b = shape_of_operand(node, b_operand);
  if (a.size() != 2 || b.size() != 2) return tl::unexpected(std::string("the operands of a Gemm are matrices"));
  return product(dtype, transposed(a, flag("transA"), false), transposed(b, flag("transB"), false));
}

RuleResult gemm(const NodeInputs& node, SchemaInference&) { return gemm_shape(node, 1, dtype_of(node, 0)); }

// (A, a_scale, a_zero_point, B, b_scale, b_zero_point, C, y_scale, y_zero_point); no y_zero_point: float output
RuleResult quantised_gemm(const NodeInputs& node, SchemaInference&) {
  const DType requantised = dtype_of(node, 8);
  return gemm_shape(node, 3, requantised != DType::undefined ? requantised : DType::float32);
}

RuleResult gemm_float8(const NodeInputs& node, SchemaInference&) {
  return gemm_shape(node, 1, static_cast<DType>(int_attribute(node.node, "dtype").value_or(1)));
}

// (A, a_scale, a_zero_point, B, b_scale, b_zero_point, y_scale, y_zero_point)
RuleResult quantised_matmul(const NodeInputs& node, SchemaInference&) {
  return product(dtype_of(node, 7), shape_of_operand(node, 0), shape_of_operand(node, 3));
}

// ---- normalisation, quantisation -----------------------------------------------------------------------------------

/// Outputs: normalised, mean, inverse deviation, sum of input, skip and bias.
RuleResult skip_layer_norm(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  if (x.empty()) return tl::unexpected(std::string("the input is a scalar"));
  Shape statistics = x;
  statistics.back() = 1;
  return Types{tensor_of(dtype_of(node, 0), x), tensor_of(DType::float32, statistics),
               tensor_of(DType::float32, statistics), tensor_of(dtype_of(node, 0), x)};
}

/// (input_ids, segment_ids, word_embedding, ...): [batch, sequence, hidden], the mask's index, the sum of embeddings.
RuleResult embed_layer_norm(const NodeInputs& node, SchemaInference&) {
  Shape out = shape_of_operand(node, 0);
  const Shape& table = shape_of_operand(node, 2);
  if (out.size() != 2 || table.size() != 2) return tl::unexpected(std::string("input_ids and the table are of rank 2"));
  const Shape batch{out[0]};
  out.push_back(table[1]);
  const bool quantised = node.node.op_type == "QEmbedLayerNormalization";
  const DType dtype = quantised ? DType::float32 : dtype_of(node, 2);
  return Types{tensor_of(dtype, out), tensor_of(DType::int32, batch), tensor_of(dtype, out)};
}

RuleResult quantize_linear(const NodeInputs& node, SchemaInference&) {
  const DType zero_point = dtype_of(node, 2);
  return Types{tensor_of(zero_point != DType::undefined ? zero_point : DType::uint8, shape_of_operand(node, 0))};
}

RuleResult dequantize_linear(const NodeInputs& node, SchemaInference&) {
  return Types{tensor_of(dtype_of(node, 1), shape_of_operand(node, 0))};
}

/// (Y_scale, Y_zero_point, then X, x_scale, x_zero_point for each part)
RuleResult quantised_concat(const NodeInputs& node, SchemaInference&) {
  Shape out = shape_of_operand(node, 2);
  const auto axis = normal_axis(int_attribute(node.node, "axis").value_or(0), out.size());
  if (!axis) return tl::unexpected(std::string("the axis lies outside the parts' rank"));
  for (std::size_t i = 5; i < node.inputs.size(); i += 3) {
    const Shape& part = shape_of_operand(node, i);
    if (part.size() != out.size()) return tl::unexpected(std::string("the parts' ranks differ or are unknown"));
    const auto total = checked_add(out[*axis], part[*axis]);
    if (!total) return tl::unexpected(std::string("the sum of the parts leaves the 64-bit range"));
    out[*axis] = *total;
  }
  return Types{tensor_of(dtype_of(node, 1), std::move(out))};
}

RuleResult quantised_reduce_mean(const NodeInputs& node, SchemaInference& schemas) {
  auto out = as_standard(node, schemas, "ReduceMean", {node.input(0)}, 13);
  if (out && !out->empty()) (*out)[0].dtype = dtype_of(node, 0);
  return out;
}

// ---- the rest
// --------------------------------------------------------------------------------------------------------

RuleResult expand_dims(const NodeInputs& node, SchemaInference&) {
  const auto axis = scalar_int(node.contents(1));
  if (!axis) return Types{};
  Shape out = shape_of_operand(node, 0);
  const auto at = normal_axis(*axis, out.size() + 1);
  if (!at) return tl::unexpected(std::string("the axis lies outside the output's rank"));
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(*at), 1);
  return Types{tensor_of(dtype_of(node, 0), std::move(out))};
}

RuleResult flat_unique(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  const auto count = element_count(std::span<const std::int64_t>(x));
  if (!count) return tl::unexpected(std::string("the input has more elements than 64 bits count"));
  return Types{bounded_tensor(dtype_of(node, 0), {*count}), tensor_of(DType::int64, {*count}),
               bounded_tensor(DType::int64, {*count})};
}

RuleResult murmur_hash(const NodeInputs& node, SchemaInference&) {
  const bool positive = int_attribute(node.node, "positive").value_or(1) != 0;
  return Types{tensor_of(positive ? DType::uint32 : DType::int32, shape_of_operand(node, 0))};
}

RuleResult pairwise_distance(const NodeInputs& node, SchemaInference&) {
  const Shape& a = shape_of_operand(node, 0);
  const Shape& b = shape_of_operand(node, 1);
  if (a.size() != 2 || b.size() != 2) return tl::unexpected(std::string("the operands are matrices"));
  return Types{tensor_of(dtype_of(node, 0), {a[0], b[0]})};
}

RuleResult as_named(const NodeInputs& node, SchemaInference& schemas) {
  return as_standard(node, schemas, node.node.op_type, {node.inputs.begin(), node.inputs.end()}, 21);
}

RuleResult dynamic_quantised_lstm(const NodeInputs& node, SchemaInference& schemas) {
  return as_standard(node, schemas, "LSTM", {node.inputs.begin(), node.inputs.end()}, 14);
}

/// (data, indices, scales, zero_points): rows of a table of packed integers, dequantised.
RuleResult gather_block_quantized(const NodeInputs& node, SchemaInference&) {
  Shape data = shape_of_operand(node, 0);
  const Shape& where = shape_of_operand(node, 1);
  const auto axis = normal_axis(int_attribute(node.node, "gather_axis").value_or(0), data.size());
  if (!axis) return tl::unexpected(std::string("gather_axis lies outside the table's rank"));
  if (dtype_of(node, 0) == DType::uint8)
    data.back() *= 8 / std::clamp<std::int64_t>(int_attribute(node.node, "bits").value_or(4), 1, 8);
  Shape out(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(*axis));
  out.insert(out.end(), where.begin(), where.end());
  out.insert(out.end(), data.begin() + static_cast<std::ptrdiff_t>(*axis) + 1, data.end());
  return Types{tensor_of(dtype_of(node, 2), std::move(out))};
}

}  // namespace

const RuleEntry* contrib_rule(std::string_view op_type) {
  static const std::unordered_map<std::string_view, RuleEntry> table{
      // elementwise
      {"Gelu", {same_as_first, 1}},
      {"FastGelu", {same_as_first, 1}},
      {"QuickGelu", {same_as_first, 1}},
      {"BiasGelu", {same_as_first, 1}},
      {"BiasAdd", {same_as_first, 1}},
      {"BiasSoftmax", {same_as_first, 1}},
      {"BiasDropout", {bias_dropout, 1}},
      {"BiasSplitGelu", {bias_split_gelu, 1}},
      {"Trilu", {same_as_first, 1}},
      {"Inverse", {same_as_first, 1}},
      {"ComplexMul", {same_as_first, 1}},
      {"ComplexMulConj", {same_as_first, 1}},
      {"RotaryEmbedding", {same_as_first, 1}},
      {"NGramRepeatBlock", {same_as_second, 2}},
      // products
      {"FusedMatMul", {fused_matmul, 3}},
      {"TransposeMatMul", {fused_matmul, 3}},
      {"FusedMatMulActivation", {fused_matmul, 3}},
      {"GemmFastGelu", {plain_matmul, 3}},
      {"DynamicQuantizeMatMul", {plain_matmul, 3}},
      {"MatMulInteger16", {integer_matmul, 3}},
      {"MatMulIntegerToFloat", {matmul_to_float, 3}},
      {"MatMulNBits", {packed_matmul, 1}},
      {"MatMulBnb4", {packed_matmul, 1}},
      {"MatMulFpQ4", {matmul_by_shape, 1}},
      {"FusedGemm", {gemm, 3}},
      {"QGemm", {quantised_gemm, 9}},
      {"GemmFloat8", {gemm_float8, 3}},
      {"QLinearMatMul", {quantised_matmul, 9}},
      {"MoE", {same_as_first, 1}},
      {"QMoE", {same_as_first, 1}},
      // normalisation
      {"SkipLayerNormalization", {skip_layer_norm, 1}},
      {"SkipSimplifiedLayerNormalization", {skip_layer_norm, 1}},
      {"EmbedLayerNormalization", {embed_layer_norm, 5}},
      {"QEmbedLayerNormalization", {embed_layer_norm, 5}},
      {"GroupNorm", {same_as_first, 1}},
      {"SkipGroupNorm", {all_same_as_first, 1}},
      // quantised
      {"QLinearAdd", {quantised_binary, 9}},
      {"QLinearMul", {quantised_binary, 9}},
      {"QLinearSigmoid", {same_as_first, 1}},
      {"QLinearLeakyRelu", {same_as_first, 1}},
      {"QLinearSoftmax", {same_as_first, 1}},
      {"QLinearWhere", {quantised_where, 19}},
      {"QLinearConcat", {quantised_concat, 4}},
      {"QLinearReduceMean", {quantised_reduce_mean, 1}},
      {"QuantizeLinear", {quantize_linear, 1}},
      {"DequantizeLinear", {dequantize_linear, 1}},
      {"DynamicQuantizeLSTM", {dynamic_quantised_lstm, 1}},
      {"GatherBlockQuantized", {gather_block_quantized, 3}},
      // tensors
      {"ExpandDims", {expand_dims, 1}},
      {"Unique", {flat_unique, 1}},
      {"MurmurHash3", {murmur_hash, 1}},
      {"CDist", {pairwise_distance, 3}},
      {"Pad", {as_named, 1}},
      {"Range", {as_named, 0}},
      {"GatherND", {as_named, 3}},
      {"GridSample", {as_named, 3}},
  };
  const auto it = table.find(op_type);
  return it == table.end() ? nullptr : &it->second;
}

}  // namespace costscan
