// Attentions that attention_cores() does not count: by Einsum, with the softmax in single nodes, with V on the left.
// The softmax's axis is followed from node to node, so that what is summed over it is known and not guessed.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "model/checked_math.hpp"
#include "patterns/attention_core.hpp"
#include "patterns/contraction.hpp"
#include "patterns/norm_parts.hpp"
#include "patterns/terms.hpp"

namespace costscan {
namespace {

/// A softmax along one axis: y = exp(x) / sum(exp(x)).
struct SoftmaxSite {
  std::int32_t node = -1;  ///< Softmax, or the Exp of one in single nodes
  ValueId x = no_value;
  ValueId y = no_value;
  std::size_t axis = 0;  ///< of x and of y
  NodeTrail nodes;
  bool in_parts = false;
};

/// The one axis that a Softmax or LogSoftmax is along; before version 13 it is along all axes from there on.
std::optional<std::size_t> softmax_axis(const GraphView& view, std::int32_t node) {
  constexpr std::int64_t along_one_axis = 13;
  const Shape* shape = view.shape(view.input(node, 0));
  if (shape == nullptr || shape->empty()) return std::nullopt;
  const bool one = view.opset() >= along_one_axis;
  const auto rank = static_cast<std::int64_t>(shape->size());
  std::int64_t axis = int_attribute(view.node(node), "axis").value_or(one ? -1 : 1);
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis >= rank) return std::nullopt;
  const bool alone = std::all_of(shape->begin() + axis + 1, shape->end(), [](std::int64_t each) { return each == 1; });
  return one || alone ? std::optional(static_cast<std::size_t>(axis)) : std::nullopt;
}

/// e over `sum`, by Div or by the Reciprocal, its nodes added; no_value where e is divided by something else.
ValueId over_its_sum(const GraphView& view, ValueId e, ValueId sum, NodeTrail& nodes) {
  for (const ValueUse& use : element_uses(view, sum)) {
    if (use.slot < 0) continue;
    if (is_op(view.node(use.node), "Div") && use.slot == 1 && view.source(view.input(use.node, 0)) == e) {
      nodes.push_back(use.node);
      return view.output(use.node, 0);
    }
    if (!is_op(view.node(use.node), "Reciprocal")) continue;
    for (const ValueUse& product : element_uses(view, view.output(use.node, 0))) {
      if (product.slot < 0 || !is_op(view.node(product.node), "Mul")) continue;
      if (view.source(other_operand(view, product)) != e) continue;
      nodes.insert(nodes.end(), {use.node, product.node});
      return view.output(product.node, 0);
    }
  }
  return no_value;
}

/// What Exp is taken of, without the maximum that keeps it from overflowing.
ValueId without_maximum(const GraphView& view, ValueId exponent, NodeTrail& nodes) {
  const std::int32_t sub = view.source_node(exponent);
  if (sub < 0 || !is_op(view.node(sub), "Sub")) return exponent;
  NodeTrail between;
  const std::int32_t most = view.producer(traced_elements(view, view.input(sub, 1), between));
  const ValueId x = view.input(sub, 0);
  if (most < 0 || !is_op(view.node(most), "ReduceMax")) return exponent;
  if (view.source(view.input(most, 0)) != view.source(x)) return exponent;
  nodes.insert(nodes.end(), between.begin(), between.end());
  nodes.insert(nodes.end(), {most, sub});
  return x;
}

std::optional<SoftmaxSite> softmax_in_parts(const GraphView& view, std::int32_t exp) {
  SoftmaxSite site;
  site.node = exp;
  site.in_parts = true;
  site.nodes = {exp};
  const std::int32_t log = view.source_node(view.input(exp, 0));
  if (log >= 0 && is_op(view.node(log), "LogSoftmax")) {
    const auto axis = softmax_axis(view, log);
    if (!axis) return std::nullopt;
    site.nodes.push_back(log);
    site.x = view.input(log, 0);
    site.y = view.output(exp, 0);
    site.axis = *axis;
    return site;
  }
  const ValueId e = view.output(exp, 0);
  site.x = without_maximum(view, view.input(exp, 0), site.nodes);
  for (const ValueUse& use : view.canonical_uses(e)) {
    if (use.slot != 0 || !is_op(view.node(use.node), "ReduceSum")) continue;
    const auto axes = reduced_axes(view, use.node);
    if (!axes || axes->size() != 1) continue;
    site.y = over_its_sum(view, e, view.output(use.node, 0), site.nodes);
    if (site.y == no_value) continue;
    site.nodes.push_back(use.node);
    site.axis = static_cast<std::size_t>(axes->front());
    return site;
  }
  return std::nullopt;
}

std::optional<SoftmaxSite> softmax_site(const GraphView& view, std::int32_t node) {
  if (is_op(view.node(node), "Exp")) return softmax_in_parts(view, node);
  if (!is_op(view.node(node), "Softmax")) return std::nullopt;
  const auto axis = softmax_axis(view, node);
  if (!axis) return std::nullopt;
  return SoftmaxSite{node, view.input(node, 0), view.output(node, 0), *axis, {node}, false};
}

/// Downwards from the weights to the product with what is no weight that sums over their axis.
class WeightsTrace {
 public:
  explicit WeightsTrace(const GraphView& view) : view_(view) {}

  std::int32_t context = -1;
  ValueId v = no_value;
  bool on_right = false;
  bool by_einsum = false;
  NodeTrail path;

  bool visit(ValueId value, std::size_t axis, int depth = 0) {
    constexpr int deepest = 8;
    if (depth > deepest) return false;
    for (const ValueUse& use : view_.uses(value)) {
      if (is_context(use, axis)) return true;
    }
    for (const ValueUse& use : view_.uses(value)) {
      if (!passes_weights(use) || !seen_.insert(use.node).second) continue;
      const auto below = axis_below(view_, use.node, static_cast<std::size_t>(use.slot), axis);
      if (!below || !visit(view_.output(use.node, 0), *below, depth + 1)) continue;
      path.push_back(use.node);
      return true;
    }
    return false;
  }

 private:
  bool is_context(const ValueUse& use, std::size_t axis) {
    if (use.slot != 0 && use.slot != 1) return false;
    const auto product = as_contraction(view_, use.node);
    if (!product) return false;
    const std::string& letters = use.slot == 0 ? product->of_a : product->of_b;
    const ValueId other = use.slot == 0 ? product->b : product->a;
    if (axis >= letters.size() || !product->sums_over(letters[axis]) || view_.is_constant(other)) return false;
    context = use.node;
    v = other;
    on_right = use.slot == 1;
    by_einsum = product->by_einsum;
    return true;
  }

  [[nodiscard]] bool passes_weights(const ValueUse& use) const {
    constexpr std::array<std::string_view, 5> first{"Transpose", "Slice", "Cast", "CastLike", "Div"};
    const Node& node = view_.node(use.node);
    if (use.slot < 0) return false;
    if (costscan::is_op(node, "Where")) return use.slot > 0;
    if (costscan::is_op(node, "Mul")) return true;
    return use.slot == 0 && (is_any_op(node, first) || view_.is_transparent(use.node) || is_view_op(node));
  }

  const GraphView& view_;
  std::unordered_set<std::int32_t> seen_;
};

/// Upwards from a softmax to the product of Q and K. The softmax's axis is one that only K has.
class KeysTrace {
 public:
  explicit KeysTrace(const GraphView& view) : view_(view) {}

  std::int32_t scores = -1;
  std::optional<Contraction> product;
  bool keys_first = false;  ///< K is the product's first operand
  NodeTrail path;
  std::vector<ValueId> masks;

  bool visit(ValueId value, std::size_t axis, int depth = 0) {
    constexpr int deepest = 16;
    const std::int32_t index = view_.producer(value);
    if (index < 0 || depth > deepest || !seen_.insert(index).second) return false;
    if (auto found = as_contraction(view_, index);
        found && !view_.is_constant(found->a) && !view_.is_constant(found->b))
      return take_scores(index, *std::move(found), axis);
    const std::vector<std::size_t> slots = score_slots(view_, index);
    for (const std::size_t slot : slots) {
      const ValueId operand = view_.input(index, slot);
      if (operand == no_value || view_.is_constant(operand)) continue;
      const auto above = axis_above(view_, index, slot, axis);
      if (!above || !visit(operand, *above, depth + 1)) continue;
      path.push_back(index);
      if (slots.size() > 1) add_other_operands(index, operand);
      return true;
    }
    return false;
  }

 private:
  bool take_scores(std::int32_t index, Contraction found, std::size_t axis) {
    if (axis >= found.of_y.size()) return false;
    const char key = found.of_y[axis];
    const bool in_a = found.of_a.find(key) != std::string::npos;
    const bool in_b = found.of_b.find(key) != std::string::npos;
    const bool sums = std::ranges::any_of(found.of_a, [&](char letter) { return found.sums_over(letter); });
    if (in_a == in_b || !sums) return false;
    scores = index;
    keys_first = in_a;
    product = std::move(found);
    return true;
  }

  void add_other_operands(std::int32_t index, ValueId scores_operand) {
    if (is_scaling(view_, index, scores_operand)) return;
    for (const ValueId operand : view_.node(index).inputs) {
      if (operand != scores_operand && operand != no_value) masks.push_back(operand);
    }
  }

  const GraphView& view_;
  std::unordered_set<std::int32_t> seen_;
};

/// The product of the extents of these letters; nullopt where it leaves int64.
std::optional<std::int64_t> extents_of(const Shape& shape, const std::string& letters, const std::string& which) {
  std::optional<std::int64_t> product = 1;
  for (const char letter : which) {
    const std::size_t at = letters.find(letter);
    if (product && at < shape.size()) product = checked_mul(*product, shape[at]);
  }
  return product;
}

/// By the letters of the scores' product: batches but the first are heads; what only Q has, but for the last, its
/// positions, repeats them.
HeadCounts heads_by_letters(const GraphView& view, const Contraction& product, bool keys_first) {
  HeadCounts heads;
  const std::string& of_q = keys_first ? product.of_b : product.of_a;
  const std::string& of_k = keys_first ? product.of_a : product.of_b;
  const Shape* q = view.shape(keys_first ? product.b : product.a);
  const Shape* k = view.shape(keys_first ? product.a : product.b);
  if (q == nullptr || k == nullptr) return heads;
  std::string batches;
  std::string own;
  std::string summed;
  for (const char letter : product.of_y) {
    const bool in_q = of_q.find(letter) != std::string::npos;
    const bool in_k = of_k.find(letter) != std::string::npos;
    if (in_q) (in_k ? batches : own) += letter;
  }
  for (const char letter : of_q) {
    if (product.sums_over(letter)) summed += letter;
  }
  heads.width = extents_of(*q, of_q, summed);
  if (!batches.empty()) batches.erase(0, 1);
  if (!own.empty()) own.pop_back();
  const auto query = extents_of(*q, of_q, batches + own);
  const auto key = extents_of(*k, of_k, batches);
  if (batches.size() + own.size() == 0 || !query || !key || *key <= 0 || *query % *key != 0) return heads;
  heads.query = query;
  heads.key = key;
  heads.repeat = *query / *key;
  return heads;
}

/// What the ordinary form does not have where the weights are on the left of V.
std::string_view form_of_weights(const GraphView& view, const AttentionCore& core) {
  const auto has = [&](std::string_view op_type) {
    return std::ranges::any_of(core.weighting,
                               [&](std::int32_t node) { return costscan::is_op(view.node(node), op_type); });
  };
  if (has("Transpose")) return "transposed";
  return has("Div") ? "scaled_weights" : "gemm";
}

std::optional<AttentionCore> other_core(const GraphView& view, const SoftmaxSite& site) {
  KeysTrace above(view);
  WeightsTrace below(view);
  if (!above.visit(site.x, site.axis) || !below.visit(site.y, site.axis)) return std::nullopt;
  AttentionCore core;
  core.scores = above.scores;
  core.softmax = site.node;
  core.context = below.context;
  core.q = above.keys_first ? above.product->b : above.product->a;
  core.k = above.keys_first ? above.product->a : above.product->b;
  core.v = below.v;
  core.y = view.output(core.context, 0);
  core.masks = std::move(above.masks);
  core.scoring = above.path;
  sort_unique(core.scoring);
  core.weighting = below.path;
  sort_unique(core.weighting);
  core.nodes = {core.scores, core.context};
  for (const auto& part : {site.nodes, above.path, below.path}) {
    core.nodes.insert(core.nodes.end(), part.begin(), part.end());
  }
  sort_unique(core.nodes);
  core.heads = heads_by_letters(view, *above.product, above.keys_first);
  if (site.in_parts) {
    core.form = "softmax_in_parts";
  } else if (above.product->by_einsum || below.by_einsum) {
    core.form = "einsum";
  } else {
    core.form = below.on_right ? "weights_right" : form_of_weights(view, core);
  }
  return core;
}

}  // namespace

std::vector<AttentionCore> other_attention_cores(const GraphView& view, std::span<const AttentionCore> known) {
  std::unordered_set<std::int32_t> taken;
  for (const AttentionCore& core : known) taken.insert(core.softmax);
  std::vector<AttentionCore> cores;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (taken.contains(index)) continue;
    const auto site = softmax_site(view, index);
    if (!site) continue;
    if (auto core = other_core(view, *site)) cores.push_back(*std::move(core));
  }
  return cores;
}

}  // namespace costscan
