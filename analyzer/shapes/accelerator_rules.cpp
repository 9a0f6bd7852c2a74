// com.microsoft operators that ONNX Runtime's tools and optimisers write for other providers than the CPU. Source: the
// runtime's operator schemas.
#include <algorithm>
#include <unordered_map>

#include "model/checked_math.hpp"
#include "shapes/elements.hpp"
#include "shapes/own_rules.hpp"

namespace costscan {
namespace {

/// Data, and a mask of one bit per element in words of 32.
RuleResult bitmask_dropout(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  const auto count = element_count(std::span<const std::int64_t>(x));
  if (!count) return tl::unexpected(std::string("the input has more elements than 64 bits count"));
  return Types{tensor_of(dtype_of(node, 0), x), tensor_of(DType::uint32, {*count / 32 + (*count % 32 != 0 ? 1 : 0)})};
}

// (emb, q, q_rot, k, k_rot)
RuleResult gemma_rotary(const NodeInputs& node, SchemaInference&) {
  return Types{tensor_of(dtype_of(node, 1), shape_of_operand(node, 1)),
               tensor_of(dtype_of(node, 3), shape_of_operand(node, 3))};
}

// (query_layer, query_bias, rel_pos [1, heads, s, s], ..., token_offset [batch, s])
RuleResult gated_position_bias(const NodeInputs& node, SchemaInference&) {
  const Shape& query = shape_of_operand(node, 0);
  Shape out = shape_of_operand(node, 2);
  const Shape& offsets = shape_of_operand(node, 6);
  if (out.size() != 4 || query.empty()) return tl::unexpected(std::string("rel_pos is of rank 4"));
  if (query.size() == 2 && offsets.empty()) return Types{};
  out[0] = query.size() == 2 ? offsets[0] : query[0];
  return Types{tensor_of(dtype_of(node, 0), std::move(out))};
}

/// At most every token is real.
RuleResult remove_padding(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  const auto tokens = x.size() == 3 ? checked_mul(x[0], x[1]) : std::nullopt;
  if (!tokens) return tl::unexpected(std::string("the input is of rank 3"));
  return Types{bounded_tensor(dtype_of(node, 0), {*tokens, x[2]}), tensor_of(DType::int32, {x[0], x[1]}),
               tensor_of(DType::int32, {x[0] + 1}), tensor_of(DType::int32, {1})};
}

RuleResult restore_padding(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  Shape out = shape_of_operand(node, 1);
  if (x.size() != 2 || out.size() != 2) return tl::unexpected(std::string("tokens and offsets are of rank 2"));
  out.push_back(x[1]);
  return Types{tensor_of(dtype_of(node, 0), std::move(out))};
}

RuleResult quantize_with_order(const NodeInputs& node, SchemaInference&) {
  return Types{tensor_of(DType::int8, shape_of_operand(node, 0))};
}

RuleResult dequantize_with_order(const NodeInputs& node, SchemaInference&) {
  const auto to = static_cast<DType>(int_attribute(node.node, "to").value_or(1));
  return Types{tensor_of(to, shape_of_operand(node, 0))};
}

/// Columns replace the last dimension.
RuleResult with_columns(const NodeInputs& node, std::int64_t columns) {
  Shape out = shape_of_operand(node, 0);
  if (out.empty()) return tl::unexpected(std::string("the input is a scalar"));
  out.back() = columns;
  return Types{tensor_of(dtype_of(node, 0), std::move(out))};
}

RuleResult ordered_matmul(const NodeInputs& node, SchemaInference&) {
  constexpr std::int64_t column_major = 0;  // cuBLASLt's ORDER_COL: B is stored transposed
  const Shape& b = shape_of_operand(node, 2);
  if (b.size() < 2) return tl::unexpected(std::string("B is a matrix"));
  const bool transposed = int_attribute(node.node, "order_B").value_or(1) == column_major;
  return with_columns(node, transposed ? b[b.size() - 2] : b.back());
}

// (A, B [N, ...], ...)
RuleResult block_matmul(const NodeInputs& node, SchemaInference&) {
  const Shape& b = shape_of_operand(node, 1);
  return b.empty() ? RuleResult(Types{}) : with_columns(node, b[0]);
}

RuleResult packed_mlp(const NodeInputs& node, SchemaInference&) {
  const auto columns = int_attribute(node.node, "N");
  if (!columns) return tl::unexpected(std::string("needs the attribute N"));
  auto out = with_columns(node, *columns);
  if (out) out->push_back(tensor_of(dtype_of(node, 0), shape_of_operand(node, 0)));
  return out;
}

RuleResult packed_qkv(const NodeInputs& node, SchemaInference&) {
  const auto queries = int_attribute(node.node, "Nq");
  const auto keys = int_attribute(node.node, "Nkv");
  if (!queries || !keys) return tl::unexpected(std::string("needs the attributes Nq and Nkv"));
  auto out = with_columns(node, *queries);
  const auto key = with_columns(node, *keys);
  if (!out || !key) return out;
  out->insert(out->end(), 2, (*key)[0]);
  out->push_back(tensor_of(dtype_of(node, 0), shape_of_operand(node, 0)));
  return out;
}

// (input [tokens, channels], weight, ranges [batch + 1], bias, initial_state, ...)
RuleResult packed_convolution(const NodeInputs& node, SchemaInference&) {
  const Shape& state = shape_of_operand(node, 4);
  if (state.size() != 3) return tl::unexpected(std::string("the state is of rank 3"));
  const std::int64_t captured = int_attribute(node.node, "state_update_capacity").value_or(0);
  return Types{tensor_of(dtype_of(node, 0), shape_of_operand(node, 0)), tensor_of(dtype_of(node, 4), state),
               tensor_of(dtype_of(node, 0), {state[0], captured, state[1]})};
}

}  // namespace

const RuleEntry* accelerator_rule(std::string_view op_type) {
  static const std::unordered_map<std::string_view, RuleEntry> table{
      {"BitmaskDropout", {bitmask_dropout, 1}},
      {"BitmaskBiasDropout", {bitmask_dropout, 1}},
      {"GemmaRotaryEmbedding", {gemma_rotary, 10}},
      {"GatedRelativePositionBias", {gated_position_bias, 5}},
      {"RemovePadding", {remove_padding, 1}},
      {"RestorePadding", {restore_padding, 3}},
      {"QuantizeWithOrder", {quantize_with_order, 1}},
      {"DequantizeWithOrder", {dequantize_with_order, 1}},
      {"QOrderedGelu", {same_as_first, 1}},
      {"QOrderedLayerNormalization", {same_as_first, 1}},
      {"QOrderedMatMul", {ordered_matmul, 5}},
      {"MatMulBlockQuantizedFp8Weight", {block_matmul, 3}},
      {"MatMulBlockQuantizedFp4Weight", {block_matmul, 3}},
      {"MatMulNBitsMlp", {packed_mlp, 1}},
      {"MatMulNBitsQkv", {packed_qkv, 1}},
      {"VarlenCausalConvWithState", {packed_convolution, 17}},
  };
  const auto it = table.find(op_type);
  return it == table.end() ? nullptr : &it->second;
}

}  // namespace costscan
