#include "patterns/attention_core.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

namespace costscan {
namespace {

constexpr std::string_view runtime_domain = "com.microsoft";

// The operands of each attention op: where Q, K and V come in. A k of -1: one operand for all three.
struct AttentionOp {
  std::string_view op_type;
  std::string_view domain;
  int k = -1;
  int v = -1;
  bool projects_itself = false;
};

constexpr std::array attention_op_table{
    AttentionOp{"Attention", "", 1, 2},
    AttentionOp{"Attention", runtime_domain, -1, -1, true},
    AttentionOp{"QAttention", runtime_domain, -1, -1, true},
    AttentionOp{"PackedAttention", runtime_domain, -1, -1, true},
    AttentionOp{"QOrderedAttention", runtime_domain, -1, -1, true},
    AttentionOp{"LongformerAttention", runtime_domain, -1, -1, true},
    AttentionOp{"QOrderedLongformerAttention", runtime_domain, -1, -1, true},
    AttentionOp{"DecoderMaskedSelfAttention", runtime_domain, -1, -1, true},
    AttentionOp{"DecoderAttention", runtime_domain, 1, 1, true},
    AttentionOp{"MultiHeadAttention", runtime_domain, 1, 2},
    AttentionOp{"PackedMultiHeadAttention", runtime_domain, 1, 2},
    AttentionOp{"DecoderMaskedMultiHeadAttention", runtime_domain, 1, 2},
    AttentionOp{"GroupQueryAttention", runtime_domain, 1, 2},
    AttentionOp{"SparseAttention", runtime_domain, 1, 2},
    AttentionOp{"PagedAttention", runtime_domain, 1, 2},
};

const AttentionOp* find_attention_op(const Model& model, const Node& node) {
  const auto found = std::ranges::find_if(attention_op_table, [&](const AttentionOp& each) {
    return each.op_type == node.op_type && each.domain == node.domain;
  });
  if (found == attention_op_table.end() || find_function(model, node) != nullptr) return nullptr;
  return &*found;
}

// Between the scores and the softmax.
constexpr std::array<std::string_view, 12> one_score{"Reshape",   "Flatten", "Squeeze",  "Unsqueeze",
                                                     "Transpose", "Cast",    "CastLike", "Identity",
                                                     "Clip",      "Tanh",    "Dropout",  "Slice"};
constexpr std::array<std::string_view, 7> several_scores{"Add", "Sub", "Mul", "Div", "Max", "Min", "Concat"};
constexpr std::array<std::string_view, 2> quantizers{"QuantizeLinear", "DequantizeLinear"};

bool is_product_of_activations(const GraphView& view, std::int32_t index) {
  return is_matmul(view.node(index)) && !view.is_constant(view.input(index, 0)) &&
         !view.is_constant(view.input(index, 1));
}

/// Upwards from a softmax to the product of Q and K: the first that is found, operands in their order.
class ScoresTrace {
 public:
  explicit ScoresTrace(const GraphView& view) : view_(view) {}

  std::int32_t scores = -1;
  std::vector<std::int32_t> path;  ///< nodes between, from below
  std::vector<ValueId> masks;

  bool visit(ValueId value, int depth = 0) {
    constexpr int deepest = 16;
    const std::int32_t index = view_.producer(value);
    if (index < 0 || depth > deepest || !seen_.insert(index).second) return false;
    if (is_product_of_activations(view_, index)) {
      scores = index;
      return true;
    }
    const std::vector<std::size_t> slots = score_slots(view_, index);
    for (const std::size_t slot : slots) {
      const ValueId operand = view_.input(index, slot);
      if (view_.is_constant(operand) || !visit(operand, depth + 1)) continue;
      path.push_back(index);
      if (slots.size() > 1) add_masks(index, operand);
      return true;
    }
    return false;
  }

 private:
  void add_masks(std::int32_t index, ValueId scores_operand) {
    if (is_scaling(view_, index, scores_operand)) return;
    for (const ValueId operand : view_.node(index).inputs) {
      if (operand != scores_operand && operand != no_value) masks.push_back(operand);
    }
  }

  const GraphView& view_;
  std::unordered_set<std::int32_t> seen_;
};

/// Downwards from a softmax to the left side of a product with what is no weight.
class ContextTrace {
 public:
  explicit ContextTrace(const GraphView& view) : view_(view) {}

  std::int32_t context = -1;
  std::vector<std::int32_t> path;

  bool visit(ValueId value, int depth = 0) {
    constexpr int deepest = 8;
    if (depth > deepest) return false;
    for (const ValueUse& use : view_.uses(value)) {
      if (use.slot == 0 && is_product_of_activations(view_, use.node)) {
        context = use.node;
        return true;
      }
    }
    for (const ValueUse& use : view_.uses(value)) {
      if (!passes(use) || !seen_.insert(use.node).second) continue;
      if (!visit(view_.output(use.node, 0), depth + 1)) continue;
      path.push_back(use.node);
      if (const std::int32_t test = nan_test(use.node); test >= 0) path.push_back(test);
      return true;
    }
    return false;
  }

 private:
  [[nodiscard]] bool passes(const ValueUse& use) const {
    const Node& node = view_.node(use.node);
    if (costscan::is_op(node, "Where")) return use.slot == 1 || use.slot == 2;
    if (costscan::is_op(node, "Mul")) return use.slot >= 0;
    if (costscan::is_op(node, "Cast") || costscan::is_op(node, "CastLike")) return use.slot == 0;
    return use.slot == 0 && (view_.is_transparent(use.node) || is_view_op(node) || costscan::is_op(node, "Slice"));
  }

  /// The IsNaN that chooses at a Where.
  [[nodiscard]] std::int32_t nan_test(std::int32_t where) const {
    const std::int32_t test = view_.producer(view_.input(where, 0));
    const bool tests = costscan::is_op(view_.node(where), "Where") && test >= 0;
    return tests && costscan::is_op(view_.node(test), "IsNaN") ? test : -1;
  }

  const GraphView& view_;
  std::unordered_set<std::int32_t> seen_;
};

std::optional<AttentionCore> pattern_core(const GraphView& view, std::int32_t softmax) {
  ScoresTrace above(view);
  ContextTrace below(view);
  if (!above.visit(view.input(softmax, 0)) || !below.visit(view.output(softmax, 0))) return std::nullopt;
  AttentionCore core;
  core.scores = above.scores;
  core.softmax = softmax;
  core.context = below.context;
  core.q = view.input(core.scores, 0);
  core.k = view.input(core.scores, 1);
  core.v = view.input(core.context, 1);
  core.y = view.output(core.context, 0);
  core.masks = std::move(above.masks);
  // The runtime's BiasSoftmax adds the mask itself.
  if (view.input(softmax, 1) != no_value) core.masks.push_back(view.input(softmax, 1));
  core.scoring = above.path;
  sort_unique(core.scoring);
  core.weighting = below.path;
  sort_unique(core.weighting);
  core.nodes = {core.scores, softmax, core.context};
  core.nodes.insert(core.nodes.end(), above.path.begin(), above.path.end());
  core.nodes.insert(core.nodes.end(), below.path.begin(), below.path.end());
  sort_unique(core.nodes);
  return core;
}

AttentionCore op_core(const GraphView& view, std::int32_t index, const AttentionOp& op) {
  const auto operand = [&](int slot) {
    const ValueId given = slot < 0 ? no_value : view.input(index, static_cast<std::size_t>(slot));
    return given == no_value ? view.input(index, 0) : given;  // packed into the first
  };
  AttentionCore core;
  core.op = index;
  core.nodes = {index};
  core.q = view.input(index, 0);
  core.k = operand(op.k);
  core.v = operand(op.v);
  core.y = view.output(index, 0);
  core.projects_itself = op.projects_itself;
  if (op.op_type == "Attention" && op.domain.empty() && view.input(index, 3) != no_value) {
    core.masks.push_back(view.input(index, 3));
  }
  return core;
}

bool same_activation(const GraphView& view, const Linear& a, const Linear& b) {
  return through_views(view, a.activation) == through_views(view, b.activation);
}

bool find_packed(QkvSource& source) {
  const auto has = [](const Projection& from, std::int32_t node) {
    return std::ranges::find(from.linears, node, &Linear::node) != from.linears.end();
  };
  for (const Linear& linear : source.from_q.linears) {
    if (!has(source.from_k, linear.node) || !has(source.from_v, linear.node)) continue;
    source.q = source.k = source.v = linear;
    source.kind = QkvKind::packed;
    return true;
  }
  return false;
}

bool find_triple(const GraphView& view, QkvSource& source) {
  for (const Linear& q : source.from_q.linears) {
    for (const Linear& k : source.from_k.linears) {
      if (k.node == q.node || !same_activation(view, q, k)) continue;
      for (const Linear& v : source.from_v.linears) {
        if (v.node == q.node || v.node == k.node || !same_activation(view, q, v)) continue;
        source.q = q;
        source.k = k;
        source.v = v;
        source.kind = QkvKind::triple;
        return true;
      }
    }
  }
  return false;
}

bool find_cross(const GraphView& view, QkvSource& source) {
  if (source.from_q.linears.empty()) return false;
  for (const Linear& k : source.from_k.linears) {
    for (const Linear& v : source.from_v.linears) {
      if (!same_activation(view, k, v)) continue;
      const bool own =
          std::ranges::none_of(source.from_q.linears, [&](const Linear& q) { return same_activation(view, q, k); });
      if (!own) continue;
      source.q = source.from_q.linears.front();
      source.k = k;
      source.v = v;
      source.kind = QkvKind::cross;
      return true;
    }
  }
  return false;
}

}  // namespace

bool is_attention_op(const Model& model, const Node& node) { return find_attention_op(model, node) != nullptr; }

std::vector<AttentionCore> attention_cores(const GraphView& view) {
  std::vector<AttentionCore> cores;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    const Node& node = view.node(index);
    if (const AttentionOp* op = find_attention_op(view.model(), node)) {
      cores.push_back(op_core(view, index, *op));
    } else if (costscan::is_op(node, "Softmax") || costscan::is_op(node, "BiasSoftmax", runtime_domain)) {
      if (auto core = pattern_core(view, index)) cores.push_back(*std::move(core));
    }
  }
  return cores;
}

bool is_scaling(const GraphView& view, std::int32_t node, ValueId scaled) {
  const Node& here = view.node(node);
  return (costscan::is_op(here, "Mul") || costscan::is_op(here, "Div")) &&
         has_one_element(view, other_operand(view, node, scaled));
}

std::vector<std::size_t> score_slots(const GraphView& view, std::int32_t node) {
  const Node& here = view.node(node);
  if (is_any_op(here, one_score) || is_any_op(here, quantizers)) return {0};
  if (costscan::is_op(here, "Where")) return {1, 2};
  std::vector<std::size_t> slots;
  if (is_any_op(here, several_scores)) {
    for (std::size_t slot = 0; slot < here.inputs.size(); ++slot) slots.push_back(slot);
  }
  return slots;
}

QkvSource qkv_source(const GraphView& view, const AttentionCore& core, bool wide) {
  QkvSource source;
  if (core.projects_itself) return source;
  source.from_q = projection_of(view, core.q, wide);
  source.from_k = projection_of(view, core.k, wide);
  source.from_v = projection_of(view, core.v, wide);
  if (find_packed(source) || find_triple(view, source)) return source;
  find_cross(view, source);
  return source;
}

}  // namespace costscan
