// What joins one token with another without attention: weights over the axis of tokens, and recurrences written out.
#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "fingerprint/axis_roles.hpp"
#include "fingerprint/gather.hpp"
#include "fingerprint/op_classes.hpp"

namespace costscan {
namespace {

bool swaps_last_two(const Node& node) {
  const auto* perm = ints_attribute(node, "perm");
  if (node.op_type != "Transpose" || perm == nullptr || perm->size() < 3) return false;
  const auto rank = static_cast<std::int64_t>(perm->size());
  for (std::int64_t axis = 0; axis < rank - 2; ++axis) {
    if ((*perm)[static_cast<std::size_t>(axis)] != axis) return false;
  }
  return (*perm)[perm->size() - 2] == rank - 1;
}

/// A weight applied along an axis of places: from the left, or behind a Transpose that makes them the last axis. Layers
/// over features are written in both ways too, where a value has its channels first.
bool mixes_tokens(const GraphView& view, AxisRoles& roles, const NodeRow& row) {
  const auto [left, right] = product_slots(row.op_type);
  const ValueId a = view.input(row.graph_node, left);
  if (operand_constant(row, left)) {
    const ValueId b = view.input(row.graph_node, right);
    return view.rank(b) >= 3 && roles.role(b, view.rank(b) - 2) == AxisRole::places;
  }
  const std::int32_t above = view.rank(a) < 3 ? -1 : view.source_node(a);
  return above >= 0 && swaps_last_two(view.node(above)) && roles.role(a, view.rank(a) - 1) == AxisRole::places;
}

double token_mixing(const GatherContext& context) {
  std::map<ScopeId, AxisRoles> roles;
  double count = 0;
  for (const NodeRow& row : context.analysis.nodes) {
    if (product_kind(row) != ProductKind::matmul || is_activation_product(row)) continue;
    const GraphView& view = context.views.view(row.scope_id);
    if (mixes_tokens(view, roles.try_emplace(row.scope_id, view).first->second, row)) ++count;
  }
  return count;
}

/// Single elements of a value along an axis, each taken off on its own: by position, as often as it is taken.
using StepPieces = std::map<std::int64_t, std::vector<ValueId>>;
using Pieces = std::map<std::pair<ValueId, std::int64_t>, StepPieces>;  ///< by value and axis

void add_gathered(const GraphView& view, std::int32_t index, Pieces& pieces) {
  const ValueId data = view.input(index, 0);
  const auto at = view.ints(view.input(index, 1));
  if (!at || at->size() != 1 || view.rank(data) < 1) return;
  std::int64_t axis = int_attribute(view.node(index), "axis").value_or(0);
  if (axis < 0) axis += view.rank(data);
  const Shape* dims = view.shape(data);
  if (axis < 0 || axis >= view.rank(data)) return;
  const std::int64_t extent = (*dims)[static_cast<std::size_t>(axis)];
  pieces[{data, axis}][at->front() < 0 ? at->front() + extent : at->front()].push_back(view.output(index, 0));
}

/// The one axis along which a slice is one element of several; nullopt for other slices.
std::optional<std::int64_t> single_axis(const Shape* before, const Shape* after) {
  if (before == nullptr || after == nullptr || before->size() != after->size()) return std::nullopt;
  std::optional<std::int64_t> found;
  for (std::size_t axis = 0; axis < before->size(); ++axis) {
    if ((*before)[axis] == (*after)[axis]) continue;
    if (found || (*after)[axis] != 1) return std::nullopt;
    found = static_cast<std::int64_t>(axis);
  }
  return found;
}

void add_sliced(const GraphView& view, std::int32_t index, Pieces& pieces) {
  const ValueId data = view.input(index, 0);
  const auto axis = single_axis(view.shape(data), view.shape(view.output(index, 0)));
  if (!axis) return;
  const auto stated = [&](std::string_view name, std::size_t slot) -> std::optional<std::vector<std::int64_t>> {
    if (const auto* attribute = ints_attribute(view.node(index), name)) return *attribute;
    return view.input(index, slot) == no_value ? std::nullopt : view.ints(view.input(index, slot));
  };
  const auto starts = stated("starts", 1);
  const auto axes = stated("axes", 3);
  if (!starts) return;
  for (std::size_t i = 0; i < starts->size(); ++i) {
    std::int64_t of = axes && i < axes->size() ? (*axes)[i] : static_cast<std::int64_t>(i);
    if (of < 0) of += view.rank(data);
    if (of != *axis) continue;
    const std::int64_t extent = (*view.shape(data))[static_cast<std::size_t>(of)];
    pieces[{data, of}][(*starts)[i] < 0 ? (*starts)[i] + extent : (*starts)[i]].push_back(view.output(index, 0));
  }
}

void add_split(const GraphView& view, std::int32_t index, Pieces& pieces) {
  const ValueId data = view.input(index, 0);
  const Node& node = view.node(index);
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i] == no_value) continue;
    const auto axis = single_axis(view.shape(data), view.shape(node.outputs[i]));
    if (axis) pieces[{data, *axis}][static_cast<std::int64_t>(i)].push_back(node.outputs[i]);
  }
}

Pieces pieces_of(const GraphView& view) {
  Pieces pieces;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    const Node& node = view.node(index);
    const ValueId data = view.input(index, 0);
    if (data == no_value || view.is_constant(data) || view.info(data).value) continue;
    if (is_op(node, "Gather")) add_gathered(view, index, pieces);
    if (is_op(node, "Slice")) add_sliced(view, index, pieces);
    if (is_op(node, "Split")) add_split(view, index, pieces);
  }
  return pieces;
}

/// Where a piece meets another computed value first, on every way down.
std::set<std::int32_t> joins_of(const GraphView& view, const std::vector<ValueId>& piece) {
  constexpr std::size_t most = 32;
  std::set<std::int32_t> joins;
  std::deque<ValueId> todo(piece.begin(), piece.end());
  for (std::size_t seen = 0; !todo.empty() && seen < most; ++seen) {
    const ValueId value = todo.front();
    todo.pop_front();
    for (const ValueUse& use : view.uses(value)) {
      if (use.slot < 0) continue;
      const Node& node = view.node(use.node);
      const bool meets = std::ranges::any_of(node.inputs, [&](ValueId input) {
        return input != no_value && input != value && !view.is_constant(input) && !view.info(input).value;
      });
      if (meets) {
        joins.insert(use.node);
      } else {
        std::ranges::copy_if(node.outputs, std::back_inserter(todo), [](ValueId out) { return out != no_value; });
      }
    }
  }
  return joins;
}

/// Whether one of `to` reads, at most some dozens of nodes further down, what one of `from` makes.
bool leads_to(const GraphView& view, const std::set<std::int32_t>& from, const std::set<std::int32_t>& to) {
  constexpr std::size_t most = 64;
  std::deque<std::int32_t> todo(from.begin(), from.end());
  std::set<std::int32_t> seen(from.begin(), from.end());
  while (!todo.empty() && seen.size() < most) {
    const std::int32_t node = todo.front();
    todo.pop_front();
    for (const ValueId value : view.node(node).outputs) {
      if (value == no_value) continue;
      for (const ValueUse& use : view.uses(value)) {
        if (to.contains(use.node)) return true;
        if (seen.insert(use.node).second) todo.push_back(use.node);
      }
    }
  }
  return false;
}

/// Steps in a row, each of which joins its piece with what came of the one before.
std::int64_t longest_recurrence(const GraphView& view, const StepPieces& pieces) {
  std::int64_t longest = 0;
  std::int64_t run = 0;
  std::optional<std::int64_t> before;
  std::set<std::int32_t> last;
  for (const auto& [position, values] : pieces) {
    std::set<std::int32_t> joins = joins_of(view, values);
    // A sequence may be gone through from its end.
    const bool follows =
        before && position == *before + 1 && (leads_to(view, last, joins) || leads_to(view, joins, last));
    run = follows ? run + 1 : 1;
    longest = std::max(longest, run);
    before = position;
    last = std::move(joins);
  }
  return longest > 1 ? longest : 0;
}

double unrolled_steps(const GraphView& view) {
  constexpr std::size_t fewest = 4;
  std::int64_t longest = 0;
  for (const auto& [source, pieces] : pieces_of(view)) {
    if (pieces.size() >= fewest) longest = std::max(longest, longest_recurrence(view, pieces));
  }
  return static_cast<double>(longest);
}

}  // namespace

void gather_mixing(const GatherContext& context) {
  context.features.set("token_mixing", token_mixing(context));
  double steps = 0;
  for (const GraphView& view : context.views.all()) steps = std::max(steps, unrolled_steps(view));
  context.features.set("unrolled_steps", steps);
}

}  // namespace costscan
