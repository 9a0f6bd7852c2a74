#include "patterns/norm_parts.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "model/checked_math.hpp"
#include "patterns/trace.hpp"

namespace costscan {
namespace {

/// A number that the exporter computed exactly and stored in `dtype`: one rounding off, at most.
bool is_stored(double value, double exact, DType dtype) noexcept {
  double unit = std::ldexp(1.0, -24);
  if (dtype == DType::float16) unit = std::ldexp(1.0, -11);
  if (dtype == DType::bfloat16) unit = std::ldexp(1.0, -8);
  return std::abs(value - exact) <= 1.001 * unit * std::abs(exact);
}

/// How many elements of x are taken together along these axes.
std::optional<std::int64_t> elements_along(const GraphView& view, ValueId x, const std::vector<std::int64_t>& axes) {
  const Shape* shape = view.shape(x);
  if (shape == nullptr) return std::nullopt;
  Shape along;
  for (const std::int64_t axis : axes) along.push_back((*shape)[static_cast<std::size_t>(axis)]);
  return element_count(along);
}

/// A value without the Mul or Div by one known number that makes it, and the factor that this is.
struct ScaledTerm {
  ValueId base = no_value;
  double factor = 1;
  DType dtype = DType::undefined;  ///< in which the number is stored
  bool divides = false;
  bool stated = false;  ///< the number is a constant of the file, not made of shapes
};

std::optional<ScaledTerm> scaled_at(const GraphView& view, std::int32_t node) {
  const Node& here = view.node(node);
  const bool divides = is_op(here, "Div");
  if ((!divides && !is_op(here, "Mul")) || here.inputs.size() != 2) return std::nullopt;
  for (const std::size_t slot : {std::size_t{1}, std::size_t{0}}) {
    if (divides && slot == 0) break;
    const ValueId number = view.input(node, slot);
    if (!has_one_element(view, number)) continue;
    const auto stated = scalar_term(view, number);
    const auto known = stated ? stated : known_scalar(view, number);
    if (!known || *known == 0) continue;
    return ScaledTerm{view.input(node, 1 - slot), *known, view.dtype(number), divides, stated.has_value()};
  }
  return std::nullopt;
}

/// Whether the term is over the number of elements that it is summed with.
bool is_over(const ScaledTerm& term, std::int64_t count) {
  const auto whole = static_cast<double>(count);
  return count > 0 && is_stored(term.factor, term.divides ? whole : 1 / whole, term.dtype);
}

bool is_sum(const Node& node) { return is_op(node, "ReduceSum") || is_op(node, "ReduceSumSquare"); }

/// sum(x) / n, sum(x) * (1 / n), by the node that divides.
std::optional<RowStatistic> mean_of_sum(const GraphView& view, std::int32_t node) {
  const auto term = scaled_at(view, node);
  if (!term) return std::nullopt;
  RowStatistic found;
  const std::int32_t sum = view.producer(traced_elements(view, term->base, found.nodes));
  if (sum < 0 || !is_sum(view.node(sum))) return std::nullopt;
  const auto axes = reduced_axes(view, sum);
  const auto count = axes ? elements_along(view, view.input(sum, 0), *axes) : std::nullopt;
  if (!count || !is_over(*term, *count)) return std::nullopt;
  found.x = view.input(sum, 0);
  found.axes = *axes;
  found.nodes.insert(found.nodes.end(), {sum, node});
  found.form = "sums";
  found.of_squares = is_op(view.node(sum), "ReduceSumSquare");
  found.by_binding_only = !term->stated;
  return found;
}

/// sum(x / n), by the sum.
std::optional<RowStatistic> sum_of_parts(const GraphView& view, std::int32_t sum) {
  RowStatistic found;
  const std::int32_t node = view.producer(traced_source(view, view.input(sum, 0), found.nodes));
  const auto term = node < 0 ? std::nullopt : scaled_at(view, node);
  const auto axes = reduced_axes(view, sum);
  if (!term || !axes) return std::nullopt;
  const auto count = elements_along(view, view.input(sum, 0), *axes);
  // A number of more axes than x would make x's axes other ones.
  if (!count || !is_over(*term, *count) || view.rank(term->base) != view.rank(view.input(sum, 0))) return std::nullopt;
  found.x = term->base;
  found.axes = *axes;
  found.nodes.insert(found.nodes.end(), {node, sum});
  found.form = "sums";
  found.by_binding_only = !term->stated;
  return found;
}

std::optional<RowStatistic> mean_of_pool(const GraphView& view, std::int32_t pool) {
  constexpr std::int64_t image_axes_from = 2;
  const std::int64_t rank = view.rank(view.input(pool, 0));
  if (rank <= image_axes_from) return std::nullopt;
  RowStatistic found;
  found.x = view.input(pool, 0);
  found.axes.resize(static_cast<std::size_t>(rank - image_axes_from));
  std::iota(found.axes.begin(), found.axes.end(), image_axes_from);
  found.nodes = {pool};
  found.form = "pooled";
  return found;
}

/// The first of the last axes of `shape` that hold `count` elements together; nullopt where no number of them does.
std::optional<std::size_t> last_axes_of(const Shape& shape, std::int64_t count) {
  for (std::size_t first = shape.size(); first-- > 0;) {
    const auto behind = element_count(std::span(shape).subspan(first));
    if (!behind || *behind > count) return std::nullopt;
    if (*behind == count) return first;
  }
  return std::nullopt;
}

/// Whether what is reduced is a row: the axes from the first of them on, but for those of length 1.
bool reduces_rows(const Shape& shape, const std::vector<std::int64_t>& axes) {
  for (auto axis = static_cast<std::size_t>(axes.front()); axis < shape.size(); ++axis) {
    const bool reduced = std::ranges::find(axes, static_cast<std::int64_t>(axis)) != axes.end();
    if (!reduced && shape[axis] != 1) return false;
  }
  return true;
}

}  // namespace

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

std::optional<RowStatistic> mean_at(const GraphView& view, std::int32_t node) {
  const Node& here = view.node(node);
  if (is_op(here, "GlobalAveragePool")) return mean_of_pool(view, node);
  if (is_op(here, "ReduceSum")) return sum_of_parts(view, node);
  if (!is_op(here, "ReduceMean")) return mean_of_sum(view, node);
  const auto axes = reduced_axes(view, node);
  if (!axes) return std::nullopt;
  return RowStatistic{view.input(node, 0), *axes, {node}, {}, false, false};
}

std::optional<RowStatistic> seen_before_views(const GraphView& view, RowStatistic statistic, ValueId x) {
  const Shape* seen = view.shape(statistic.x);
  const Shape* whole = view.shape(x);
  const auto count = elements_along(view, statistic.x, statistic.axes);
  if (seen == nullptr || whole == nullptr || !count || *count < 2 || !reduces_rows(*seen, statistic.axes)) {
    return std::nullopt;
  }
  ValueId value = statistic.x;
  while (value != x && value != view.source(x)) {
    const std::int32_t node = view.producer(value);
    if (node < 0 || !(is_view_op(view.node(node)) || view.is_transparent(node))) return std::nullopt;
    statistic.nodes.push_back(node);
    value = view.input(node, 0);
  }
  const auto first = last_axes_of(*whole, *count);
  if (!first) return std::nullopt;
  statistic.x = x;
  if (statistic.form.empty()) statistic.form = "views";
  statistic.axes.resize(whole->size() - *first);
  std::iota(statistic.axes.begin(), statistic.axes.end(), static_cast<std::int64_t>(*first));
  statistic.by_binding_only = true;
  return statistic;
}

std::optional<RowStatistic> as_mean(const GraphView& view, ValueId value) {
  NodeTrail between;
  const std::int32_t node = view.producer(traced_elements(view, value, between));
  auto found = node < 0 ? std::nullopt : mean_at(view, node);
  if (!found || found->of_squares || !is_row_statistic(view, value, found->x, found->axes)) return std::nullopt;
  found->nodes.insert(found->nodes.end(), between.begin(), between.end());
  return found;
}

namespace {

/// The mean that `value` is of x, whether x is read in its own shape or in another.
std::optional<RowStatistic> mean_of(const GraphView& view, ValueId value, ValueId x) {
  NodeTrail between;
  const std::int32_t node = view.producer(traced_elements(view, value, between));
  auto found = node < 0 ? std::nullopt : mean_at(view, node);
  if (!found || found->of_squares) return std::nullopt;
  if (view.source(found->x) != view.source(x)) found = seen_before_views(view, *std::move(found), x);
  if (!found || !is_row_statistic(view, value, found->x, found->axes)) return std::nullopt;
  found->nodes.insert(found->nodes.end(), between.begin(), between.end());
  return found;
}

/// x and its mean, of a node that takes one off the other.
struct CenteredAt {
  ValueId x = no_value;
  RowStatistic mean;
};

/// x - m, x + (-m) and, where either sign will do, m - x.
std::optional<CenteredAt> centered_at(const GraphView& view, std::int32_t node, bool either_sign) {
  const bool subtracts = is_op(view.node(node), "Sub");
  if (!subtracts && !is_op(view.node(node), "Add")) return std::nullopt;
  for (const std::size_t slot : {std::size_t{1}, std::size_t{0}}) {
    if (subtracts && slot == 0 && !either_sign) continue;
    const ValueId x = view.input(node, 1 - slot);
    ValueId value = view.input(node, slot);
    NodeTrail sign;
    if (!subtracts) {
      const std::int32_t negation = view.producer(traced_elements(view, value, sign));
      if (negation < 0 || !is_op(view.node(negation), "Neg")) continue;
      sign.push_back(negation);
      value = view.input(negation, 0);
    }
    auto mean = mean_of(view, value, x);
    // Views may bring the negated mean into shape, not the mean itself.
    if (!mean || !is_row_statistic(view, view.input(node, slot), x, mean->axes)) continue;
    mean->nodes.insert(mean->nodes.end(), sign.begin(), sign.end());
    if ((!subtracts || slot == 0) && mean->form.empty()) mean->form = "turned";
    return CenteredAt{x, *std::move(mean)};
  }
  return std::nullopt;
}

}  // namespace

std::optional<RowStatistic> as_centered(const GraphView& view, ValueId value, bool either_sign) {
  NodeTrail above;
  const std::int32_t node = view.producer(traced_source(view, value, above));
  const auto reading = node < 0 ? std::nullopt : centered_at(view, node, either_sign);
  if (!reading) return std::nullopt;
  const ValueId x = reading->x;
  auto found = reading->mean;
  static_cast<void>(traced_source(view, found.x, found.nodes));
  // What stands between x and its first reader belongs to whoever made x.
  NodeTrail before;
  static_cast<void>(traced_source(view, x, before));
  std::erase_if(found.nodes, [&](std::int32_t each) { return std::ranges::find(before, each) != before.end(); });
  found.nodes.insert(found.nodes.end(), above.begin(), above.end());
  found.nodes.push_back(node);
  found.x = x;
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
