// Heads of an attention, and whether its mask hides the future.
#include <algorithm>
#include <array>
#include <unordered_set>

#include "model/checked_math.hpp"
#include "patterns/attention_core.hpp"

namespace costscan {
namespace {

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

/// Of Q as [batch, heads of K, group, positions, width]: heads of K; 1 where the heads stand alone.
std::int64_t groups_of(const Shape& q, const Shape& k) {
  const bool grouped = q.size() == 5 && k.size() == 5 && k[2] == 1 && q[2] > 1 && q[1] == k[1] && q[1] > 0;
  return grouped ? q[1] : 1;
}

/// How often the heads of K are repeated on their way from the projection, or from the cache.
std::int64_t repeats_above(const GraphView& view, ValueId k) {
  std::int64_t most = 1;
  const Projection key = projection_of(view, k);
  for (const std::int32_t node : key.linears.empty() ? key.on_the_way : key.between) {
    most = std::max(most, repeats(view, node));
  }
  return most;
}

/// Of Q as [batch times heads, positions, width]: the heads where a Reshape has joined them with the batch, a scale may
/// stand behind it.
std::optional<std::int64_t> joined_heads(const GraphView& view, ValueId q) {
  constexpr int longest = 4;
  for (int step = 0; step < longest; ++step) {
    q = view.source(q);
    const std::int32_t index = view.producer(q);
    if (index < 0) return std::nullopt;
    const Node& node = view.node(index);
    if (costscan::is_op(node, "Reshape")) {
      const Shape* from = view.shape(view.input(index, 0));
      const Shape* to = view.shape(q);
      const bool joins = from != nullptr && to != nullptr && from->size() == 4 && to->size() == 3 &&
                         (*from)[2] == (*to)[1] && (*from)[3] == (*to)[2];
      return joins ? std::optional((*from)[1]) : std::nullopt;
    }
    const bool scales = costscan::is_op(node, "Mul") || costscan::is_op(node, "Div");
    if (!scales || !has_one_element(view, view.input(index, 1))) return std::nullopt;
    q = view.input(index, 0);
  }
  return std::nullopt;
}

HeadCounts pattern_heads(const GraphView& view, const AttentionCore& core) {
  HeadCounts heads;
  const Shape* q = view.shape(core.q);
  const Shape* k = view.shape(core.k);
  heads.query = third_from_last(q);
  if (!heads.query) heads.query = joined_heads(view, core.q);
  if (q != nullptr && !q->empty()) heads.width = q->back();
  const std::optional<std::int64_t> shared = third_from_last(k);
  heads.repeat = repeats_above(view, core.k);
  if (q != nullptr && heads.query && shared && *shared == 1 && *heads.query > 1) {  // broadcast
    heads.repeat = *heads.query;
    heads.query = checked_mul(*heads.query, groups_of(*q, *k));
  }
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
  const std::int64_t before = core.projects_itself ? 1 : repeats_above(view, core.k);
  if (heads.repeat > 0 && before > 1) {
    heads.repeat *= before;
    if (heads.query) heads.key = *heads.query / heads.repeat;
  }
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

/// Whether each of one row of integers is compared with each of another: of positions, not of one mask with a bound.
bool compares_each_with_each(const GraphView& view, std::int32_t index) {
  const Shape* a = view.shape(view.input(index, 0));
  const Shape* b = view.shape(view.input(index, 1));
  const Shape* out = view.shape(view.output(index, 0));
  if (a == nullptr || b == nullptr || out == nullptr || !is_integer(view.dtype(view.input(index, 0)))) return false;
  const auto compared = element_count(*out);
  return compared && compared > element_count(*a) && compared > element_count(*b);
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
    if (is_any_op(node, comparisons) && compares_each_with_each(view, index)) return true;
    if (costscan::is_op(node, "Shape") || is_matmul(node) || costscan::is_op(node, "Softmax")) continue;
    for (const ValueId in : node.inputs) {
      if (in != no_value) todo.push_back(in);
    }
  }
  return false;
}

}  // namespace

HeadCounts head_counts(const GraphView& view, const AttentionCore& core) {
  if (core.heads) return *core.heads;
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

}  // namespace costscan
