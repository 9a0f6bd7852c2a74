// Softmax attention as a graph has it: where the scores are made, where they weigh the values, and what comes in.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "patterns/graph_view.hpp"
#include "patterns/trace.hpp"

namespace costscan {

struct HeadCounts {
  std::optional<std::int64_t> query;
  std::optional<std::int64_t> key;
  std::int64_t repeat = 1;            ///< how often each head of K is used
  std::optional<std::int64_t> width;  ///< of a head of Q
};

/// One attention: either a pattern (scores, softmax and context are nodes) or one op. Values are what the products
/// read: projected, scaled and transposed already.
struct AttentionCore {
  std::int32_t op = -1;                 ///< the Attention op or its kin; -1 for a pattern
  std::int32_t scores = -1;             ///< MatMul of Q and K
  std::int32_t softmax = -1;            ///< -1 for an op
  std::int32_t context = -1;            ///< MatMul of the weights and V
  std::vector<std::int32_t> nodes;      ///< all of it, from the scores to the context, in file order
  std::vector<std::int32_t> scoring;    ///< between scores and softmax: scale, mask, views
  std::vector<std::int32_t> weighting;  ///< between softmax and context
  ValueId q = no_value;
  ValueId k = no_value;  ///< q where the op takes one packed operand
  ValueId v = no_value;
  ValueId y = no_value;
  std::vector<ValueId> masks;       ///< what is added to the scores or chooses among them
  bool projects_itself = false;     ///< the op holds the projections' weights
  std::string_view form;            ///< empty, or how other_attention_cores() found it: "einsum", ...
  std::optional<HeadCounts> heads;  ///< where the form tells them

  [[nodiscard]] bool is_op() const noexcept { return op >= 0; }
};

/// Patterns and ops, in file order of their softmax.
[[nodiscard]] std::vector<AttentionCore> attention_cores(const GraphView& view);

/// Attentions in forms that attention_cores() does not count: products by Einsum ("einsum"), a softmax in single nodes
/// ("softmax_in_parts"), weights on the right of V ("weights_right"), a Transpose between the softmax and the product
/// ("transposed"), a division of the weights, by a scale for one ("scaled_weights"), products of matrices by Gemm
/// ("gemm"). The axis of the softmax is followed: it is one of K, and the product sums over it. `known`: what
/// attention_cores() has of this view.
[[nodiscard]] std::vector<AttentionCore> other_attention_cores(const GraphView& view,
                                                               std::span<const AttentionCore> known);

/// Operands of a node between scores and softmax that may be the scores: scale, mask, soft cap, views. Empty for
/// others.
[[nodiscard]] std::vector<std::size_t> score_slots(const GraphView& view, std::int32_t node);

/// Whether a node multiplies or divides what it is given by one number: its other operand is no mask.
[[nodiscard]] bool is_scaling(const GraphView& view, std::int32_t node, ValueId scaled);

/// Attention, MultiHeadAttention, GroupQueryAttention and their kin.
[[nodiscard]] bool is_attention_op(const Model& model, const Node& node);

[[nodiscard]] HeadCounts head_counts(const GraphView& view, const AttentionCore& core);

/// Numbers that an attention is multiplied by; 1 where there is none.
struct AttentionFactors {
  double scores = 1;  ///< on Q, K and their product, before the mask or behind it; 0: an op's own that is not known
  double mask = 1;    ///< of these, those that are behind a mask and scale it as well
  double output = 1;  ///< on the weights behind the softmax, and on their product with V
};
[[nodiscard]] AttentionFactors attention_factors(const GraphView& view, const AttentionCore& core,
                                                 const HeadCounts& heads);

/// Whether a position is seen to attend only to those before it: by an attribute, or by a mask that compares positions
/// or is a triangle.
[[nodiscard]] bool is_causal(const GraphView& view, const AttentionCore& core);

enum class QkvKind { none, triple, packed, cross };

/// Where the operands of one attention are projected.
struct QkvSource {
  QkvKind kind = QkvKind::none;
  Linear q;  ///< triple: three layers of one activation; packed: one layer, three times; cross: k and v of another
  Linear k;
  Linear v;
  Projection from_q;
  Projection from_k;
  Projection from_v;
};
/// `wide`: an Einsum with one weight and a convolution of single points count as linear layers, too.
[[nodiscard]] QkvSource qkv_source(const GraphView& view, const AttentionCore& core, bool wide = false);

}  // namespace costscan
