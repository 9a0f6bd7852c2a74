// com.microsoft operators around newer decoders (gated norms, hyper-connections, n-gram hashing) and older sequence
// models, and the withdrawn ONNX operators that ONNX Runtime still registers. Source: the runtime's operator schemas.
#include <algorithm>
#include <unordered_map>

#include "model/checked_math.hpp"
#include "shapes/elements.hpp"
#include "shapes/own_rules.hpp"

namespace costscan {
namespace {

/// Grouped (..., C, H) or flattened (..., C*H) streams → (..., H)
RuleResult pre_mix(const NodeInputs& node, SchemaInference&) {
  Shape out = shape_of_operand(node, 0);
  const std::int64_t branches = int_attribute(node.node, "num_branches").value_or(0);
  if (out.size() < (branches > 0 ? 1U : 2U)) return tl::unexpected(std::string("the streams have too few dimensions"));
  if (branches > 0) {
    if (out.back() % branches != 0) return tl::unexpected(std::string("num_branches does not divide the streams"));
    out.back() /= branches;
  } else {
    out.erase(out.end() - 2);
  }
  return Types{tensor_of(dtype_of(node, 0), std::move(out))};
}

/// Ids of `heads` hashes for each n-gram length from 2 on.
std::optional<std::int64_t> hashes(const Node& node) {
  const auto longest = int_attribute(node, "max_ngram_size");
  const auto heads = int_attribute(node, "n_head_per_ngram");
  return longest && heads && *longest >= 2 ? checked_mul(*longest - 1, *heads) : std::nullopt;
}

RuleResult ngram_hash(const NodeInputs& node, SchemaInference&) {
  Shape out = shape_of_operand(node, 0);
  const auto width = hashes(node.node);
  if (out.size() != 2 || !width) return tl::unexpected(std::string("needs ids of rank 2 and the n-gram attributes"));
  const Shape past{out[0], int_attribute(node.node, "max_ngram_size").value_or(2) - 1};
  out.push_back(*width);
  return Types{tensor_of(dtype_of(node, 0), std::move(out)), tensor_of(dtype_of(node, 0), past)};
}

// (input_ids [tokens], multipliers, vocab_sizes, cumulative_sequence_length [batch + 1], ...)
RuleResult packed_ngram_hash(const NodeInputs& node, SchemaInference&) {
  const Shape& tokens = shape_of_operand(node, 0);
  const Shape& ends = shape_of_operand(node, 3);
  const auto width = hashes(node.node);
  if (tokens.size() != 1 || ends.size() != 1 || ends[0] < 1 || !width) {
    return tl::unexpected(std::string("needs packed ids, their ranges and the n-gram attributes"));
  }
  const std::int64_t past = int_attribute(node.node, "max_ngram_size").value_or(2) - 1;
  const std::int64_t batch = ends[0] - 1;
  const std::int64_t captured = int_attribute(node.node, "state_update_capacity").value_or(0);
  return Types{tensor_of(dtype_of(node, 0), {tokens[0], *width}), tensor_of(dtype_of(node, 0), {batch, past}),
               tensor_of(DType::int32, {batch, past}), tensor_of(dtype_of(node, 0), {batch, captured, past})};
}

/// At most all predicted tokens are kept.
RuleResult bifurcation(const NodeInputs& node, SchemaInference&) {
  const Shape& current = shape_of_operand(node, 1);
  const Shape& predicted = shape_of_operand(node, 3);
  if (current.size() != 1) return tl::unexpected(std::string("the tokens are of rank 1"));
  const auto most = checked_add(current[0], predicted.empty() ? 0 : predicted[0]);
  if (!most) return tl::unexpected(std::string("the tokens leave the 64-bit range"));
  return Types{predicted.empty() ? tensor_of(dtype_of(node, 1), {*most}) : bounded_tensor(dtype_of(node, 1), {*most}),
               tensor_of(dtype_of(node, 2), {})};
}

/// A path takes at most one step per row and column.
RuleResult time_warping(const NodeInputs& node, SchemaInference&) {
  const Shape& cost = shape_of_operand(node, 0);
  if (cost.size() < 2) return tl::unexpected(std::string("the costs are a matrix"));
  const auto sum = checked_add(cost[cost.size() - 2], cost.back());
  if (!sum) return tl::unexpected(std::string("the path leaves the 64-bit range"));
  return Types{bounded_tensor(DType::int32, {2, std::max<std::int64_t>(*sum - 1, 0)})};
}

// (Sequence [..., words, characters], W [filters, 1, window, char embedding], ...)
RuleResult word_embedding(const NodeInputs& node, SchemaInference&) {
  Shape out = shape_of_operand(node, 0);
  const Shape& filters = shape_of_operand(node, 1);
  if (out.empty() || filters.empty()) return tl::unexpected(std::string("an operand is a scalar"));
  out.back() = filters[0];
  return Types{tensor_of(dtype_of(node, 1), std::move(out))};
}

// (X [sequence, batch, input], W, R [directions, 4*hidden, hidden], ...)
RuleResult attention_lstm(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  const Shape& r = shape_of_operand(node, 2);
  if (x.size() != 3 || r.size() != 3) return tl::unexpected(std::string("X and R are of rank 3"));
  const TensorInfo last = tensor_of(dtype_of(node, 0), {r[0], x[1], r[2]});
  return Types{tensor_of(dtype_of(node, 0), {x[0], r[0], x[1], r[2]}), last, last};
}

// ---- withdrawn from ONNX -------------------------------------------------------------------------------------------

/// `border` is left, top, right, bottom; `scale`, where given, is height and width.
RuleResult crop(const NodeInputs& node, SchemaInference&) {
  Shape out = shape_of_operand(node, 0);
  const auto* border = ints_attribute(node.node, "border");
  const auto* scale = ints_attribute(node.node, "scale");
  if (out.size() != 4 || border == nullptr || border->size() != 4) {
    return tl::unexpected(std::string("needs an image of rank 4 and four borders"));
  }
  const bool sized = scale != nullptr && scale->size() == 2;
  const auto left = [&](std::int64_t size, std::int64_t before, std::int64_t after) {
    return checked_add(size,
                       -std::clamp<std::int64_t>(before, 0, 1 << 30) - std::clamp<std::int64_t>(after, 0, 1 << 30));
  };
  const auto height = sized ? std::optional((*scale)[0]) : left(out[2], (*border)[1], (*border)[3]);
  const auto width = sized ? std::optional((*scale)[1]) : left(out[3], (*border)[0], (*border)[2]);
  if (!height || !width || *height < 0 || *width < 0) return tl::unexpected(std::string("the borders leave no image"));
  out[2] = *height;
  out[3] = *width;
  return Types{tensor_of(dtype_of(node, 0), std::move(out))};
}

RuleResult dynamic_slice(const NodeInputs& node, SchemaInference& schemas) {
  return as_standard(node, schemas, "Slice", {node.inputs.begin(), node.inputs.end()}, 10);
}

}  // namespace

const RuleEntry* routing_rule(std::string_view op_type) {
  static const std::unordered_map<std::string_view, RuleEntry> table{
      {"SampleOp", {same_as_first, 1}},
      {"GatedRMSNorm", {same_as_first, 1}},
      {"BranchwiseRMSNorm", {same_as_first, 1}},
      {"EngramGate", {all_same_as_first, 1}},
      {"HyperConnectionPreMix", {pre_mix, 1}},
      {"HyperConnectionPostMix", {same_as_first, 1}},
      {"LinearAttentionGate", {all_same_as_first, 1}},
      {"NGramHashMapping", {ngram_hash, 1}},
      {"VarlenNGramHashMapping", {packed_ngram_hash, 9}},
      {"BifurcationDetector", {bifurcation, 2}},
      {"DynamicTimeWarping", {time_warping, 1}},
      {"WordConvEmbedding", {word_embedding, 3}},
      {"AttnLSTM", {attention_lstm, 5}},
  };
  const auto it = table.find(op_type);
  return it == table.end() ? nullptr : &it->second;
}

const RuleEntry* withdrawn_rule(std::string_view op_type) {
  static const std::unordered_map<std::string_view, RuleEntry> table{
      {"Affine", {same_as_first, 1}},
      {"ScaledTanh", {same_as_first, 1}},
      {"ParametricSoftplus", {same_as_first, 1}},
      {"Scale", {same_as_first, 1}},
      {"ImageScaler", {same_as_first, 1}},
      {"Crop", {crop, 1}},
      {"DynamicSlice", {dynamic_slice, 1}},
  };
  const auto it = table.find(op_type);
  return it == table.end() ? nullptr : &it->second;
}

}  // namespace costscan
