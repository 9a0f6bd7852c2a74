// Attention in its fused forms, rotary embeddings and recurrent layers.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "predict/feature_node.hpp"

namespace costscan {
namespace {

struct Heads {
  double count = 1;  ///< batch x query heads
  double queries = 1;
  double keys = 1;
  double size = 1;  ///< of one head
};

double dim(const FeatureOperand& operand, std::size_t axis) {
  return axis < operand.shape.size() ? static_cast<double>(operand.shape[axis]) : 1;
}

/// Keys of all steps so far: of the present key (batch, heads, total, head size) where the op gives it out, else past
/// and new ones together.
double total_keys(const FeatureNode& node, double fresh, std::size_t past_input) {
  if (node.out(1).shape.size() == 4) return dim(node.out(1), 2);
  if (node.out(1).shape.size() == 5) return dim(node.out(1), 3);  // keys and values in one tensor
  const FeatureOperand& past = node.in(past_input);
  return past.shape.size() >= 4 ? fresh + dim(past, past.shape.size() - 2) : fresh;
}

/// Query (batch, steps, heads x size) or (batch, heads, steps, size).
Heads heads_of(const FeatureNode& node, std::string_view heads_attribute, std::size_t past_input) {
  const FeatureOperand& query = node.in(0);
  const FeatureOperand& key = node.in(1);
  Heads found;
  if (query.shape.size() == 4) {
    found.count = dim(query, 0) * dim(query, 1);
    found.queries = dim(query, 2);
    found.size = dim(query, 3);
    found.keys = total_keys(node, key.present ? dim(key, 2) : found.queries, past_input);
    return found;
  }
  const double heads = static_cast<double>(std::max<std::int64_t>(node.attribute(heads_attribute, 1), 1));
  found.count = dim(query, 0) * heads;
  found.queries = dim(query, 1);
  double width = dim(query, 2);
  if (!key.present) {  // queries, keys and values packed side by side
    const double shared = static_cast<double>(std::max<std::int64_t>(node.attribute("kv_num_heads", 0), 0));
    width *= shared > 0 ? heads / (heads + 2 * shared) : 1.0 / 3.0;
  }
  found.size = width / heads;
  const double fresh = key.shape.size() == 4 ? dim(key, 2) : key.present ? dim(key, 1) : found.queries;
  found.keys = total_keys(node, fresh, past_input);
  return found;
}

RateFeatures attention(const FeatureNode& node, std::string_view kind, const Heads& heads) {
  RateFeatures features = basic_features(node);
  features.rate_class = fmt::format("attention/{}{}", kind, type_suffix(node.in(0).dtype));
  features.coords = {heads.count, heads.queries, heads.keys, heads.size};
  features.unit = WorkUnit::flops;
  features.work = 4.0 * heads.count * heads.queries * heads.keys * heads.size;
  features.flops = features.work;
  return features;
}

/// com.microsoft Attention projects its input to queries, keys and values first.
RateFeatures projecting_attention(const FeatureNode& node) {
  const FeatureOperand& input = node.in(0);
  const FeatureOperand& weights = node.in(1);
  const double count = static_cast<double>(std::max<std::int64_t>(node.attribute("num_heads", 1), 1));
  Heads heads;
  heads.count = dim(input, 0) * count;
  heads.queries = dim(input, 1);
  heads.size = dim(node.out(0), 2) / count;
  heads.keys = total_keys(node, heads.queries, 4);
  RateFeatures features = attention(node, "packed", heads);
  features.coords.push_back(dim(weights, 0));
  features.work += 2.0 * dim(input, 0) * dim(input, 1) * weights.elements;
  features.flops = features.work;
  return features;
}

struct AttentionOp {
  std::string_view op;
  std::string_view heads_attribute;
  std::size_t past_input;  ///< index of the past key
};

constexpr std::array attention_ops = {
    AttentionOp{"MultiHeadAttention", "num_heads", 6},
    AttentionOp{"GroupQueryAttention", "num_heads", 3},
    AttentionOp{"DecoderMaskedMultiHeadAttention", "num_heads", 5},
    AttentionOp{"SparseAttention", "num_heads", 3},
    AttentionOp{"Attention", "q_num_heads", 4},
};

/// X (steps, batch, input), or (batch, steps, input) with layout 1; R (directions, gates x hidden, hidden).
std::optional<RateFeatures> recurrence(const FeatureNode& node) {
  const FeatureOperand& x = node.in(0);
  const FeatureOperand& w = node.in(1);
  const FeatureOperand& r = node.in(2);
  if (x.shape.size() != 3 || w.shape.size() != 3 || r.shape.size() != 3) return std::nullopt;
  const bool batch_first = node.attribute("layout", 0) == 1;
  const double steps = dim(x, batch_first ? 1 : 0);
  const double batch = dim(x, batch_first ? 0 : 1);
  const bool quantised = node.is("DynamicQuantizeLSTM");  // its weights stand transposed
  RateFeatures features = basic_features(node);
  std::string name = quantised ? "dynamic_quantize_lstm" : node.is("LSTM") ? "lstm" : node.is("GRU") ? "gru" : "rnn";
  features.rate_class = name + type_suffix(x.dtype);
  features.coords = {steps, batch, quantised ? dim(r, 1) : dim(r, 2), dim(x, 2)};
  features.unit = WorkUnit::flops;
  features.work = 2.0 * steps * batch * (w.elements + r.elements);
  features.flops = quantised ? 0 : features.work;
  return features;
}

}  // namespace

std::optional<RateFeatures> sequence_features(const FeatureNode& node) {
  if (node.is("Attention") && node.node->domain == "com.microsoft") return projecting_attention(node);
  for (const AttentionOp& entry : attention_ops) {
    if (node.is(entry.op)) return attention(node, entry.op, heads_of(node, entry.heads_attribute, entry.past_input));
  }
  if (node.is("RotaryEmbedding")) {
    const Shape& shape = node.in(0).shape;
    const std::int64_t heads = std::max<std::int64_t>(node.attribute("num_heads", 0), 1);
    const double size =
        shape.empty() ? 1 : static_cast<double>(shape.back()) / static_cast<double>(shape.size() == 4 ? 1 : heads);
    return streaming_features(node, "RotaryEmbedding" + type_suffix(node.in(0).dtype), {node.in(0).elements, size});
  }
  if (node.is("LSTM") || node.is("GRU") || node.is("RNN") || node.is("DynamicQuantizeLSTM")) return recurrence(node);
  return std::nullopt;
}

}  // namespace costscan
