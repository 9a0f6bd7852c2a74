// Rotary position embedding with each half computed apart, as a complex product, or with a matrix for each pair.
#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "patterns/rope_parts.hpp"
#include "patterns/trace.hpp"

namespace costscan {
namespace {

/// A half of x times a cosine or sine, with or without a minus before it.
struct HalfTimes {
  HalfOf half;
  ValueId factor = no_value;
  bool negated = false;
  std::vector<std::int32_t> nodes;
};

/// A product's readings: either operand may be the half, since a table of cosines and sines may be halved, too.
std::vector<HalfTimes> half_times(const GraphView& view, ValueId value) {
  HalfTimes product;
  std::int32_t mul = view.source_node(value);
  if (mul >= 0 && is_op(view.node(mul), "Neg")) {
    product.negated = true;
    product.nodes = {mul};
    mul = view.source_node(view.input(mul, 0));
  }
  std::vector<HalfTimes> found;
  if (mul < 0 || !is_op(view.node(mul), "Mul")) return found;
  for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
    const auto part = rope_part(view, view.input(mul, slot));
    if (!part || view.is_constant(part->half.whole)) continue;
    HalfTimes one = product;
    one.half = part->half;
    one.factor = view.source(view.input(mul, 1 - slot));
    one.negated = one.negated != part->negated;
    one.nodes.insert(one.nodes.end(), part->nodes.begin(), part->nodes.end());
    one.nodes.push_back(mul);
    found.push_back(std::move(one));
  }
  return found;
}

/// a·c + b·s or a·c − b·s with a and b halves of one value.
struct RopeTerm {
  HalfTimes cosine;
  HalfTimes sine;
  std::vector<std::int32_t> nodes;
};

/// The terms that a value is, read in each way; `minus`: of a difference, however it is written, the first is what is
/// subtracted from.
std::vector<RopeTerm> rope_terms(const GraphView& view, ValueId value, bool minus) {
  std::vector<RopeTerm> found;
  const std::int32_t sum = view.producer(through_views(view, value));
  if (sum < 0 || !(is_op(view.node(sum), "Sub") || is_op(view.node(sum), "Add"))) return found;
  const bool subtracts = is_op(view.node(sum), "Sub");
  for (const HalfTimes& first : half_times(view, view.input(sum, 0))) {
    for (const HalfTimes& second : half_times(view, view.input(sum, 1))) {
      if (view.source(first.half.whole) != view.source(second.half.whole)) continue;
      HalfTimes a = first;
      HalfTimes b = second;
      b.negated = b.negated != subtracts;
      if (a.negated && !b.negated) std::swap(a, b);
      if (a.negated || b.negated != minus) continue;
      RopeTerm term{std::move(a), std::move(b), {sum}};
      for (const HalfTimes* each : {&term.cosine, &term.sine}) {
        term.nodes.insert(term.nodes.end(), each->nodes.begin(), each->nodes.end());
      }
      found.push_back(std::move(term));
    }
  }
  return found;
}

std::optional<PatternMatch> rotation_of_terms(const GraphView& view, const RopeTerm& real, RopeTerm imaginary) {
  if (imaginary.cosine.factor != real.cosine.factor) std::swap(imaginary.cosine, imaginary.sine);
  const bool same = imaginary.cosine.factor == real.cosine.factor && imaginary.sine.factor == real.sine.factor &&
                    view.source(real.cosine.half.whole) == view.source(imaginary.cosine.half.whole);
  const bool crossed = real.cosine.half.which == 0 && real.sine.half.which == 1 && imaginary.cosine.half.which == 1 &&
                       imaginary.sine.half.which == 0;
  if (!same || !crossed) return std::nullopt;
  PatternMatch match;
  match.pattern = "rope";
  match.variant = real.cosine.half.interleaved ? "interleaved" : "halves";
  match.nodes = real.nodes;
  match.nodes.insert(match.nodes.end(), imaginary.nodes.begin(), imaginary.nodes.end());
  match.tensors = {{"x", real.cosine.half.whole}, {"cos", real.cosine.factor}, {"sin", real.sine.factor}};
  return match;
}

/// A complex product reads either way. Of its two operands x is the one made of pairs, or else the one of more axes: a
/// table is broadcast to it.
std::pair<bool, std::int64_t> likeness_to_x(const GraphView& view, const PatternMatch& match) {
  return {match.variant == "interleaved", view.rank(match.tensor("x"))};
}

/// Whether values are made of sines and of cosines; what makes them is looked at, not run.
bool has_sine_and_cosine(const GraphView& view, ValueId value) {
  constexpr std::size_t most_nodes = 100;
  bool sine = false;
  bool cosine = false;
  std::vector<ValueId> todo{value};
  std::unordered_set<std::int32_t> seen;
  while (!todo.empty() && seen.size() < most_nodes) {
    const std::int32_t node = view.producer(todo.back());
    todo.pop_back();
    if (node < 0 || !seen.insert(node).second || is_matmul(view.node(node))) continue;
    sine = sine || is_op(view.node(node), "Sin");
    cosine = cosine || is_op(view.node(node), "Cos");
    if (is_op(view.node(node), "Sin") || is_op(view.node(node), "Cos")) continue;
    for (const ValueId in : view.node(node).inputs) {
      if (in != no_value) todo.push_back(in);
    }
  }
  return sine && cosine;
}

/// Whether constant matrices [..., 2, 2] are rotations, one by one.
bool are_rotations(const std::vector<double>& elements) {
  constexpr double rounded = 2e-3;
  for (std::size_t at = 0; at + 3 < elements.size(); at += 4) {
    const double cosine = elements[at];
    const double sine = elements[at + 2];
    const bool turns = std::abs(elements[at + 3] - cosine) <= rounded && std::abs(elements[at + 1] + sine) <= rounded;
    if (!turns || std::abs(cosine * cosine + sine * sine - 1) > rounded) return false;
  }
  return !elements.empty();
}

bool rotates_pairs(const GraphView& view, ValueId matrices) {
  const Shape* dims = view.shape(matrices);
  if (dims == nullptr || dims->size() < 2 || dims->back() != 2 || (*dims)[dims->size() - 2] != 2) return false;
  if (const auto elements = view.floats(matrices)) return are_rotations(*elements);
  return has_sine_and_cosine(view, matrices);
}

/// A column of matrices times the element of the pair that it belongs to.
struct ColumnTimes {
  RopePart column;
  RopePart element;
  std::vector<std::int32_t> nodes;
};

bool is_last_axis_of(const GraphView& view, const HalfOf& half) {
  return half.axis + 1 == view.rank(half.whole) && view.shape(half.whole)->back() == 2;
}

std::optional<ColumnTimes> column_times(const GraphView& view, ValueId value) {
  const std::int32_t mul = view.source_node(value);
  if (mul < 0 || !is_op(view.node(mul), "Mul")) return std::nullopt;
  for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
    auto column = rope_part(view, view.input(mul, slot));
    auto element = rope_part(view, view.input(mul, 1 - slot));
    if (!column || !element || column->negated || element->negated) return std::nullopt;
    const bool fits = element->half.interleaved && is_last_axis_of(view, column->half) &&
                      is_last_axis_of(view, element->half) && column->half.which == element->half.which &&
                      rotates_pairs(view, column->half.whole);
    if (!fits) continue;
    ColumnTimes found{*std::move(column), *std::move(element), {mul}};
    for (const RopePart* each : {&found.column, &found.element}) {
      found.nodes.insert(found.nodes.end(), each->nodes.begin(), each->nodes.end());
    }
    return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<RopePart> rope_part(const GraphView& view, ValueId value) {
  RopePart part;
  for (int step = 0; step < 4; ++step) {
    value = view.source(value);
    if (auto half = half_of(view, value)) {
      part.half = *half;
      part.nodes.push_back(half->node);
      return part;
    }
    const std::int32_t node = view.producer(value);
    if (node < 0) return std::nullopt;
    const bool negation = is_op(view.node(node), "Neg");
    if (!is_view_op(view.node(node)) && !negation) return std::nullopt;
    part.negated = part.negated != negation;
    part.nodes.push_back(node);
    value = view.input(node, 0);
  }
  return std::nullopt;
}

std::optional<PatternMatch> rope_by_halves(const GraphView& view, std::int32_t concat) {
  if (view.node(concat).inputs.size() != 2) return std::nullopt;
  std::optional<PatternMatch> best;
  for (const RopeTerm& real : rope_terms(view, view.input(concat, 0), true)) {
    for (const RopeTerm& imaginary : rope_terms(view, view.input(concat, 1), false)) {
      auto match = rotation_of_terms(view, real, imaginary);
      if (!match || (best && likeness_to_x(view, *match) <= likeness_to_x(view, *best))) continue;
      match->nodes.push_back(concat);
      sort_unique(match->nodes);
      match->tensors.emplace_back("y", view.output(concat, 0));
      best = std::move(match);
    }
  }
  return best;
}

std::optional<PatternMatch> rope_by_pair_matrices(const GraphView& view, std::int32_t add) {
  auto first = column_times(view, view.input(add, 0));
  auto second = column_times(view, view.input(add, 1));
  if (!first || !second) return std::nullopt;
  const bool same = view.source(first->column.half.whole) == view.source(second->column.half.whole) &&
                    view.source(first->element.half.whole) == view.source(second->element.half.whole);
  const Shape& pairs = *view.shape(first->element.half.whole);
  // [..., pair, 1, 2]: the rows of a matrix stand where the 1 is.
  const bool spread = pairs.size() > 2 && pairs[pairs.size() - 2] == 1;
  if (!same || !spread || first->element.half.which == second->element.half.which) return std::nullopt;
  PatternMatch match;
  match.pattern = "rope";
  match.variant = "pair_matrices";
  match.nodes = std::move(first->nodes);
  match.nodes.insert(match.nodes.end(), second->nodes.begin(), second->nodes.end());
  match.nodes.push_back(add);
  sort_unique(match.nodes);
  match.tensors = {{"x", through_views(view, first->element.half.whole)},
                   {"matrices", first->column.half.whole},
                   {"y", view.output(add, 0)}};
  return match;
}

}  // namespace costscan
