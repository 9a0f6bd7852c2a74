#include "patterns/norm_parts.hpp"

#include <algorithm>

namespace costscan {

std::optional<std::vector<std::int64_t>> reduced_axes(const GraphView& view, std::int32_t node) {
  const std::int64_t rank = view.rank(view.input(node, 0));
  if (rank < 0) return std::nullopt;
  std::vector<std::int64_t> axes;
  if (const auto* listed = ints_attribute(view.node(node), "axes")) {
    axes = *listed;
  } else if (view.input(node, 1) != no_value) {
    const auto given = view.ints(view.input(node, 1));
    if (!given) return std::nullopt;
    axes = *given;
  }
  if (axes.empty()) {
    if (int_attribute(view.node(node), "noop_with_empty_axes").value_or(0) != 0) return std::nullopt;
    for (std::int64_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
  }
  for (std::int64_t& axis : axes) axis += axis < 0 ? rank : 0;
  std::ranges::sort(axes);
  if (axes.empty() || axes.front() < 0 || axes.back() >= rank || std::ranges::adjacent_find(axes) != axes.end())
    return std::nullopt;
  return axes;
}

bool is_row_statistic(const GraphView& view, ValueId value, ValueId x, const std::vector<std::int64_t>& axes) {
  const Shape* here = view.shape(value);
  const Shape* whole = view.shape(x);
  if (here == nullptr || whole == nullptr || here->size() > whole->size()) return false;
  const std::size_t missing = whole->size() - here->size();
  for (std::size_t i = 0; i < whole->size(); ++i) {
    const bool reduced = std::ranges::find(axes, static_cast<std::int64_t>(i)) != axes.end();
    if ((i < missing ? 1 : (*here)[i - missing]) != (reduced ? 1 : (*whole)[i])) return false;
  }
  return true;
}

std::optional<RowStatistic> as_mean(const GraphView& view, ValueId value) {
  RowStatistic found;
  const std::int32_t node = view.producer(traced_elements(view, value, found.nodes));
  if (node < 0 || !is_op(view.node(node), "ReduceMean")) return std::nullopt;
  const auto axes = reduced_axes(view, node);
  if (!axes || !is_row_statistic(view, value, view.input(node, 0), *axes)) return std::nullopt;
  found.nodes.push_back(node);
  found.axes = *axes;
  found.x = view.input(node, 0);
  return found;
}

std::optional<RowStatistic> as_centered(const GraphView& view, ValueId value) {
  NodeTrail above;
  const std::int32_t node = view.producer(traced_source(view, value, above));
  if (node < 0 || !is_op(view.node(node), "Sub")) return std::nullopt;
  auto found = as_mean(view, view.input(node, 1));
  const ValueId x = view.input(node, 0);
  if (!found || view.source(found->x) != view.source(x)) return std::nullopt;
  static_cast<void>(traced_source(view, found->x, found->nodes));
  // What stands between x and its first reader belongs to whoever made x.
  NodeTrail before;
  static_cast<void>(traced_source(view, x, before));
  std::erase_if(found->nodes, [&](std::int32_t each) { return std::ranges::find(before, each) != before.end(); });
  found->nodes.insert(found->nodes.end(), above.begin(), above.end());
  found->nodes.push_back(node);
  found->x = x;
  return found;
}

bool same_centered(const GraphView& view, const RowStatistic& a, const RowStatistic& b) {
  return view.source(a.x) == view.source(b.x) && a.axes == b.axes;
}

std::optional<SquaredTerm> as_square(const GraphView& view, ValueId value) {
  SquaredTerm found;
  const std::int32_t node = view.producer(traced_source(view, value, found.nodes));
  if (node < 0 || view.node(node).inputs.size() != 2) return std::nullopt;
  found.nodes.push_back(node);
  found.base = view.input(node, 0);
  if (is_op(view.node(node), "Pow")) {
    if (scalar_term(view, view.input(node, 1)) != 2.0) return std::nullopt;
    return found;
  }
  if (!is_op(view.node(node), "Mul")) return std::nullopt;
  if (view.source(view.input(node, 0)) == view.source(view.input(node, 1))) return found;
  const auto left = as_centered(view, view.input(node, 0));
  const auto right = as_centered(view, view.input(node, 1));
  if (!left || !right || !same_centered(view, *left, *right)) return std::nullopt;
  found.nodes.insert(found.nodes.end(), right->nodes.begin(), right->nodes.end());
  return found;
}

}  // namespace costscan
