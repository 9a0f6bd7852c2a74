// com.microsoft's attention operators and decoders. Source: ONNX Runtime's operator documentation
// (docs/ContribOperators.md). Letters: B batch, S new tokens, L key tokens, P past tokens, N heads, D head size.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "shapes/elements.hpp"
#include "shapes/own_rules.hpp"

namespace costscan {
namespace {

tl::unexpected<std::string> refuse(std::string why) { return tl::unexpected(std::move(why)); }

/// A head count that sums and products can bear; 0 where there is none.
std::int64_t heads_attribute(const NodeInputs& node, std::string_view name) {
  const std::int64_t heads = int_attribute(node.node, name).value_or(0);
  return heads > 0 && heads <= (1 << 20) ? heads : 0;
}

/// Hidden size of the values: an attribute, or a third of the packed projection.
std::optional<std::int64_t> value_hidden(const NodeInputs& node, const Shape& weights) {
  if (const auto* sizes = ints_attribute(node.node, "qkv_hidden_sizes"); sizes != nullptr && sizes->size() == 3) {
    return (*sizes)[2];
  }
  if (weights.size() != 2) return std::nullopt;
  return weights[1] / 3;
}

/// past and present are [2, B, N, tokens, D].
RuleResult packed_attention(const NodeInputs& node, std::size_t past_operand, DType dtype) {
  const Shape& x = shape_of_operand(node, 0);
  const auto hidden = value_hidden(node, shape_of_operand(node, 1));
  if (x.size() != 3 || !hidden) return refuse("needs an input of rank 3 and weights of rank 2");
  const std::int64_t heads = heads_attribute(node, "num_heads");
  if (heads <= 0) return refuse("needs a positive attribute num_heads");
  const Shape& past = shape_of_operand(node, past_operand);
  Shape present{2, x[0], heads, x[1], *hidden / heads};
  if (past.size() == 5) {
    const bool shared = int_attribute(node.node, "past_present_share_buffer").value_or(0) != 0;
    present[3] = shared ? past[3] : past[3] + x[1];
  }
  return Types{tensor_of(dtype, {x[0], x[1], *hidden}), tensor_of(dtype, present)};
}

RuleResult contrib_attention(const NodeInputs& node, SchemaInference&) {
  return packed_attention(node, 4, dtype_of(node, 0));
}

/// The quantised form gives the dtype of its bias.
RuleResult quantised_attention(const NodeInputs& node, SchemaInference&) {
  return packed_attention(node, 8, dtype_of(node, 2));
}

/// Values are [B, L, N*D] or [B, N, L, D]; keys may be packed with them as [B, L, N, 2, D], or all three in the query.
std::int64_t output_hidden(const Shape& query, const Shape& key, const Shape& value, std::int64_t heads) {
  if (query.size() == 5) return query[2] * query[4];
  if (key.size() == 5) return key[2] * key[4];
  if (value.size() == 3) return value[2];
  if (value.size() == 4) return heads * value[3];
  return query.back();
}

std::int64_t key_tokens(const Shape& query, const Shape& key) {
  if (query.size() == 5 || key.empty()) return query[1];
  return key.size() == 4 ? key[2] : key[1];
}

RuleResult multi_head(const NodeInputs& node, std::size_t past_operand) {
  const Shape& query = shape_of_operand(node, 0);
  const Shape& key = shape_of_operand(node, 1);
  const Shape& value = shape_of_operand(node, 2);
  const std::int64_t heads = heads_attribute(node, "num_heads");
  if ((query.size() != 3 && query.size() != 5) || heads <= 0) {
    return refuse("needs a query of rank 3 or 5 and a positive attribute num_heads");
  }
  const DType dtype = dtype_of(node, 0);
  const std::int64_t hidden = output_hidden(query, key, value, heads);
  const std::int64_t key_hidden = query.size() == 5 ? hidden : query.back();
  std::int64_t tokens = key_tokens(query, key);
  if (const Shape& past = shape_of_operand(node, past_operand); past.size() == 4) {
    const bool shared = int_attribute(node.node, "past_present_share_buffer").value_or(0) != 0;
    const bool cross = key.size() == 4;  // keys of an encoder: the cache holds them already
    tokens = shared || cross ? std::max(past[2], cross ? key[2] : 0) : past[2] + tokens;
  }
  const Shape present_key{query[0], heads, tokens, key_hidden / heads};
  const Shape present_value{query[0], heads, tokens, hidden / heads};
  return Types{tensor_of(dtype, {query[0], query[1], hidden}), tensor_of(dtype, present_key),
               tensor_of(dtype, present_value), tensor_of(dtype, {query[0], heads, query[1], tokens})};
}

RuleResult multi_head_attention(const NodeInputs& node, SchemaInference&) { return multi_head(node, 6); }
RuleResult decoder_masked_attention(const NodeInputs& node, SchemaInference&) { return multi_head(node, 5); }

/// (query, key, value, past_key, past_value, seqlens_k, total_sequence_length, ...); an absent key means packed QKV.
RuleResult group_query(const NodeInputs& node, SchemaInference&) {
  const Shape& query = shape_of_operand(node, 0);
  const std::int64_t heads = heads_attribute(node, "num_heads");
  const std::int64_t kv_heads = heads_attribute(node, "kv_num_heads");
  if (query.size() != 3 || heads <= 0 || kv_heads <= 0) {
    return refuse("needs a query of rank 3 and positive attributes num_heads and kv_num_heads");
  }
  const bool packed = node.input(1) == nullptr;
  const std::int64_t head_size = query[2] / (packed ? heads + 2 * kv_heads : heads);
  const Shape& past = shape_of_operand(node, 3);
  const std::int64_t past_tokens = past.size() == 4 ? past[2] : 0;
  // Without the total's value, the cache grows by the new tokens.
  const auto total = scalar_int(node.contents(6));
  const Shape present{query[0], kv_heads, total ? std::max(*total, past_tokens) : past_tokens + query[1], head_size};
  const DType dtype = dtype_of(node, 0);
  const DType cache = dtype_of(node, 3) != DType::undefined ? dtype_of(node, 3) : dtype;
  Types out{tensor_of(dtype, {query[0], query[1], heads * head_size})};
  for (int i = 0; i < 2; ++i) out.push_back(total ? tensor_of(cache, present) : bounded_tensor(cache, present));
  out.push_back(tensor_of(dtype, {query[0], heads, query[1], present[2]}));
  return out;
}

/// Tokens of all sequences in one dimension, without padding.
RuleResult packed_tokens(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  const auto hidden = value_hidden(node, shape_of_operand(node, 1));
  if (x.size() != 2 || !hidden) return refuse("needs an input and weights of rank 2");
  return Types{tensor_of(dtype_of(node, 0), {x[0], *hidden})};
}

/// Query [T, N*D] with keys and values apart, or [T, N, 3, D] packed.
RuleResult packed_multi_head(const NodeInputs& node, SchemaInference&) {
  const Shape& query = shape_of_operand(node, 0);
  const Shape& value = shape_of_operand(node, 2);
  if (query.size() == 4) return Types{tensor_of(dtype_of(node, 0), {query[0], query[1] * query[3]})};
  if (query.size() != 2) return refuse("needs a query of rank 2 or 4");
  return Types{tensor_of(dtype_of(node, 0), {query[0], value.size() == 2 ? value[1] : query[1]})};
}

RuleResult same_as_query(const NodeInputs& node, SchemaInference&) {
  return Types{tensor_of(dtype_of(node, 0), shape_of_operand(node, 0))};
}

/// Tokens of a sequence before the first step: the prompt, what an encoder's caller gives the decoder, or a start
/// token.
std::int64_t tokens_at_start(const NodeInputs& node) {
  const Shape& ids = shape_of_operand(node, 0);
  const Shape& given = shape_of_operand(node, 10);
  const std::int64_t kind = int_attribute(node.node, "model_type").value_or(0);
  if (kind == 0 && ids.size() == 2) return ids[1];
  return kind == 2 && given.size() == 2 ? given[1] : 1;
}

/// Generated ids are padded to max_length; scores are of each sequence, and of each step, beam and token.
/// (input_ids, max_length, min_length, num_beams, num_return_sequences, length_penalty, repetition_penalty, vocab_mask,
/// ...)
RuleResult beam_search(const NodeInputs& node, SchemaInference&) {
  const Shape& ids = shape_of_operand(node, 0);
  const Shape& mask = shape_of_operand(node, 7);
  const auto length = scalar_int(node.contents(1));
  const auto beams = scalar_int(node.contents(3));
  const auto kept = scalar_int(node.contents(4));
  if (ids.empty() || !length || !kept) return Types{};
  const DType penalty = dtype_of(node, 5);
  const DType real = penalty == DType::undefined ? DType::float32 : penalty;
  Types types{tensor_of(DType::int32, {ids[0], *kept, *length}), tensor_of(real, {ids[0], *kept})};
  const std::int64_t stated = int_attribute(node.node, "vocab_size").value_or(0);
  const std::int64_t vocab = stated > 0 || mask.size() != 1 ? stated : mask[0];
  const std::int64_t start = tokens_at_start(node);
  if (beams && vocab > 0 && *length > start) types.push_back(tensor_of(real, {*length - start, ids[0], *beams, vocab}));
  return types;
}

RuleResult greedy_search(const NodeInputs& node, SchemaInference&) {
  const Shape& ids = shape_of_operand(node, 0);
  const auto length = scalar_int(node.contents(1));
  if (ids.empty() || !length) return Types{};
  return Types{tensor_of(DType::int32, {ids[0], *length})};
}

}  // namespace

const RuleEntry* attention_rule(std::string_view op_type) {
  static const std::unordered_map<std::string_view, RuleEntry> table{
      {"Attention", {contrib_attention, 3}},
      {"QAttention", {quantised_attention, 3}},
      {"MultiHeadAttention", {multi_head_attention, 1}},
      {"DecoderMaskedMultiHeadAttention", {decoder_masked_attention, 1}},
      {"DecoderMaskedSelfAttention", {contrib_attention, 3}},
      {"GroupQueryAttention", {group_query, 1}},
      {"SparseAttention", {group_query, 1}},
      {"PackedAttention", {packed_tokens, 3}},
      {"PackedMultiHeadAttention", {packed_multi_head, 1}},
      {"PagedAttention", {same_as_query, 1}},
      {"LongformerAttention", {same_as_query, 1}},
      {"DecoderAttention", {same_as_query, 1}},
      {"BeamSearch", {beam_search, 1}},
      {"WhisperBeamSearch", {beam_search, 1}},
      {"GreedySearch", {greedy_search, 1}},
      {"Sampling", {greedy_search, 1}},
  };
  const auto it = table.find(op_type);
  return it == table.end() ? nullptr : &it->second;
}

}  // namespace costscan
