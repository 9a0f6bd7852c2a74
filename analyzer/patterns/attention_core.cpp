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
    const std::vector<ValueId> operands = score_operands(index);
    for (const ValueId operand : operands) {
      if (view_.is_constant(operand) || !visit(operand, depth + 1)) continue;
      path.push_back(index);
      if (operands.size() > 1) add_masks(index, operand);
      return true;
    }
    return false;
  }

 private:
  [[nodiscard]] std::vector<ValueId> score_operands(std::int32_t index) const {
    const Node& node = view_.node(index);
    if (is_any_op(node, one_score) || is_any_op(node, quantizers)) return {view_.input(index, 0)};
    if (is_any_op(node, several_scores)) return node.inputs;
    if (costscan::is_op(node, "Where")) return {view_.input(index, 1), view_.input(index, 2)};
    return {};
  }

  void add_masks(std::int32_t index, ValueId scores_operand) {
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

/// How often an Expand or Tile repeats what it is given, along an axis that is not the first; 1 for other nodes.
std::int64_t repeats(const GraphView& view, std::int32_t index) {
  const Node& node = view.node(index);
  if (!costscan::is_op(node, "Expand") && !costscan::is_op(node, "Tile")) return 1;
  const Shape* from = view.shape(view.input(index, 0));
  const Shape* to = view.shape(view.output(index, 0));
  if (from == nullptr || to == nullptr || from->size() != to->size()) return 1;
  for (std::size_t axis = 1; axis < from->size(); ++axis) {
    if ((*from)[axis] > 0 && (*to)[axis] > (*from)[axis]) return (*to)[axis] / (*from)[axis];
  }
  return 1;
}

std::optional<std::int64_t> third_from_last(const Shape* shape) {
  if (shape == nullptr || shape->size() < 4) return std::nullopt;
  return (*shape)[shape->size() - 3];
}

HeadCounts pattern_heads(const GraphView& view, const AttentionCore& core) {
  HeadCounts heads;
  const Shape* q = view.shape(core.q);
  heads.query = third_from_last(q);
  if (q != nullptr && !q->empty()) heads.width = q->back();
  const std::optional<std::int64_t> shared = third_from_last(view.shape(core.k));
  const Projection key = projection_of(view, core.k);
  for (const std::int32_t node : key.linears.empty() ? key.on_the_way : key.between) {
    heads.repeat = std::max(heads.repeat, repeats(view, node));
  }
  if (heads.query && shared && *shared == 1 && *heads.query > 1) heads.repeat = *heads.query;  // broadcast
  if (heads.query) heads.key = *heads.query / heads.repeat;
  return heads;
}

HeadCounts op_heads(const GraphView& view, const AttentionCore& core) {
  const Node& node = view.node(core.op);
  HeadCounts heads;
  heads.query = int_attribute(node, node.domain.empty() ? "q_num_heads" : "num_heads");
  heads.key = int_attribute(node, "kv_num_heads");
  const Shape* q = view.shape(core.q);
  const Shape* k = view.shape(core.k);
  if (q != nullptr && q->size() == 4 && node.domain.empty()) {  // [batch, heads, sequence, width]
    heads.query = (*q)[1];
    heads.width = (*q)[3];
    if (k != nullptr && k->size() == 4) heads.key = (*k)[1];
  } else if (q != nullptr && !q->empty() && heads.query && *heads.query > 0 && core.k != core.q) {
    heads.width = q->back() / *heads.query;
  }
  if (!heads.key || *heads.key == 0) heads.key = heads.query;
  if (heads.query && heads.key && *heads.key > 0) heads.repeat = *heads.query / *heads.key;
  return heads;
}

/// Elements of the last two axes: those above the diagonal are all alike, and other than those on and below it.
template <class T>
bool is_triangle(const std::vector<T>& elements, const Shape& dims) {
  if (dims.size() < 2 || dims.back() != dims[dims.size() - 2] || dims.back() < 2) return false;
  const auto n = static_cast<std::size_t>(dims.back());
  if (elements.size() < n * n) return false;
  const T below = elements[0];
  const T above = elements[1];
  if (below == above) return false;
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t column = 0; column < n; ++column) {
      if (elements[row * n + column] != (column > row ? above : below)) return false;
    }
  }
  return true;
}

bool is_constant_triangle(const GraphView& view, ValueId value) {
  const Shape* dims = view.shape(value);
  if (dims == nullptr || dims->size() < 2 || !view.is_constant(value)) return false;
  if (const auto ints = view.ints(value)) return is_triangle(*ints, *dims);
  if (const auto floats = view.floats(value)) return is_triangle(*floats, *dims);
  return false;
}

/// Whether a mask is made by comparing positions, by Trilu, or is a triangle; what makes it is looked at, not run.
bool masks_the_future(const GraphView& view, ValueId mask) {
  constexpr std::array<std::string_view, 4> comparisons{"LessOrEqual", "GreaterOrEqual", "Less", "Greater"};
  constexpr std::size_t most_nodes = 200;
  std::vector<ValueId> todo{mask};
  std::unordered_set<std::int32_t> seen;
  while (!todo.empty() && seen.size() < most_nodes) {
    const ValueId value = todo.back();
    todo.pop_back();
    if (is_constant_triangle(view, value)) return true;
    const std::int32_t index = view.producer(value);
    if (index < 0 || !seen.insert(index).second) continue;
    const Node& node = view.node(index);
    if (costscan::is_op(node, "Trilu")) return true;
    if (is_any_op(node, comparisons) && is_integer(view.dtype(view.input(index, 0)))) return true;
    if (costscan::is_op(node, "Shape") || is_matmul(node) || costscan::is_op(node, "Softmax")) continue;
    for (const ValueId in : node.inputs) {
      if (in != no_value) todo.push_back(in);
    }
  }
  return false;
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

HeadCounts head_counts(const GraphView& view, const AttentionCore& core) {
  return core.is_op() ? op_heads(view, core) : pattern_heads(view, core);
}

bool is_causal(const GraphView& view, const AttentionCore& core) {
  if (core.is_op()) {
    const Node& node = view.node(core.op);
    if (node.op_type == "GroupQueryAttention") return true;
    if (int_attribute(node, "is_causal").value_or(0) != 0 || int_attribute(node, "unidirectional").value_or(0) != 0) {
      return true;
    }
  }
  return std::ranges::any_of(core.masks, [&](ValueId mask) { return masks_the_future(view, mask); });
}

QkvSource qkv_source(const GraphView& view, const AttentionCore& core) {
  QkvSource source;
  if (core.projects_itself) return source;
  source.from_q = projection_of(view, core.q);
  source.from_k = projection_of(view, core.k);
  source.from_v = projection_of(view, core.v);
  if (find_packed(source) || find_triple(view, source)) return source;
  find_cross(view, source);
  return source;
}

}  // namespace costscan
