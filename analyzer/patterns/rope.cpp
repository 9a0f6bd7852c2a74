// Rotary position embedding: x cos + rotate(x) sin, where rotate turns halves or neighbours; and its ops.
#include <algorithm>

#include "patterns/detectors.hpp"
#include "patterns/halves.hpp"
#include "patterns/trace.hpp"

namespace costscan {
namespace {

struct RopeRotation {
  ValueId x = no_value;
  bool interleaved = false;
  std::vector<std::int32_t> nodes;
  ValueId y = no_value;
};

/// An element of the stack or concatenation: a half of x, or its negation, with views between.
struct RopePart {
  HalfOf half;
  bool negated = false;
  std::vector<std::int32_t> nodes;
};

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

/// Concat(−second, first): the halves put back turned; with a view behind where neighbours are turned.
std::optional<RopeRotation> rope_rotation(const GraphView& view, std::int32_t concat) {
  if (view.node(concat).inputs.size() != 2) return std::nullopt;
  const auto first = rope_part(view, view.input(concat, 0));
  const auto second = rope_part(view, view.input(concat, 1));
  if (!first || !second || !first->negated || second->negated) return std::nullopt;
  const bool turned = first->half.which == 1 && second->half.which == 0;
  const bool alike = first->half.interleaved == second->half.interleaved && first->half.axis == second->half.axis;
  if (!turned || !alike || view.source(first->half.whole) != view.source(second->half.whole)) return std::nullopt;
  RopeRotation rotation;
  rotation.interleaved = first->half.interleaved;
  rotation.x = rotation.interleaved ? through_views(view, first->half.whole) : view.source(first->half.whole);
  rotation.nodes = first->nodes;
  rotation.nodes.insert(rotation.nodes.end(), second->nodes.begin(), second->nodes.end());
  rotation.nodes.push_back(concat);
  rotation.y = view.output(concat, 0);
  const auto uses = view.canonical_uses(rotation.y);
  if (rotation.interleaved && uses.size() == 1 && uses.front().slot == 0 && is_view_op(view.node(uses.front().node))) {
    rotation.nodes.push_back(uses.front().node);
    rotation.y = view.output(uses.front().node, 0);
  }
  return rotation;
}

/// x times something (the cosine): the Mul that makes `value`, and the factor. Pairs may have been reshaped.
std::optional<std::pair<std::int32_t, ValueId>> rope_cosine(const GraphView& view, ValueId value, ValueId x,
                                                            bool in_pairs) {
  const std::int32_t mul = view.source_node(value);
  if (mul < 0 || !is_op(view.node(mul), "Mul")) return std::nullopt;
  for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
    const ValueId factor = view.input(mul, slot);
    const ValueId bare = in_pairs ? through_views(view, factor) : view.source(factor);
    if (bare == x) return std::pair(mul, view.input(mul, 1 - slot));
  }
  return std::nullopt;
}

/// Every use of one rotation: times the sine, added to x times the cosine.
void add_applications(const GraphView& view, const RopeRotation& rotation, std::vector<PatternMatch>& matches) {
  for (const ValueUse& use : view.canonical_uses(rotation.y)) {
    if (use.slot < 0 || !is_op(view.node(use.node), "Mul")) continue;
    const ValueId sine = view.input(use.node, use.slot == 0 ? 1 : 0);
    for (const ValueUse& sum : view.canonical_uses(view.output(use.node, 0))) {
      if (sum.slot < 0 || !is_op(view.node(sum.node), "Add")) continue;
      const auto cosine =
          rope_cosine(view, view.input(sum.node, sum.slot == 0 ? 1 : 0), rotation.x, rotation.interleaved);
      if (!cosine) continue;
      PatternMatch match;
      match.pattern = "rope";
      match.variant = rotation.interleaved ? "interleaved" : "rotate_half";
      match.nodes = rotation.nodes;
      match.nodes.insert(match.nodes.end(), {use.node, cosine->first, sum.node});
      sort_unique(match.nodes);
      match.tensors = {{"x", rotation.x}, {"cos", cosine->second}, {"sin", sine}, {"y", view.output(sum.node, 0)}};
      matches.push_back(std::move(match));
    }
  }
}

/// A half of x times a cosine or sine, with or without a minus before it.
struct HalfTimes {
  HalfOf half;
  ValueId factor = no_value;
  bool negated = false;
  std::vector<std::int32_t> nodes;
};

std::optional<HalfTimes> half_times(const GraphView& view, ValueId value) {
  HalfTimes found;
  std::int32_t mul = view.source_node(value);
  if (mul >= 0 && is_op(view.node(mul), "Neg")) {
    found.negated = true;
    found.nodes = {mul};
    mul = view.source_node(view.input(mul, 0));
  }
  if (mul < 0 || !is_op(view.node(mul), "Mul")) return std::nullopt;
  for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
    const auto part = rope_part(view, view.input(mul, slot));
    if (!part || view.is_constant(part->half.whole)) continue;  // a table of cosines may be halved, too
    found.half = part->half;
    found.factor = view.source(view.input(mul, 1 - slot));
    found.negated = found.negated != part->negated;
    found.nodes.insert(found.nodes.end(), part->nodes.begin(), part->nodes.end());
    found.nodes.push_back(mul);
    return found;
  }
  return std::nullopt;
}

/// a·c + b·s or a·c − b·s with a and b halves of one value.
struct RopeTerm {
  HalfTimes cosine;
  HalfTimes sine;
  std::vector<std::int32_t> nodes;
};

/// `minus`: of a difference, however it is written, the first is what is subtracted from.
std::optional<RopeTerm> rope_term(const GraphView& view, ValueId value, bool minus) {
  const std::int32_t sum = view.producer(through_views(view, value));
  if (sum < 0 || !(is_op(view.node(sum), "Sub") || is_op(view.node(sum), "Add"))) return std::nullopt;
  auto a = half_times(view, view.input(sum, 0));
  auto b = half_times(view, view.input(sum, 1));
  if (!a || !b || view.source(a->half.whole) != view.source(b->half.whole)) return std::nullopt;
  if (is_op(view.node(sum), "Sub")) b->negated = !b->negated;
  if (a->negated && !b->negated) std::swap(a, b);
  if (a->negated || b->negated != minus) return std::nullopt;
  RopeTerm term{*std::move(a), *std::move(b), {sum}};
  for (const HalfTimes* each : {&term.cosine, &term.sine}) {
    term.nodes.insert(term.nodes.end(), each->nodes.begin(), each->nodes.end());
  }
  return term;
}

/// Concat(x1 cos − x2 sin, x2 cos + x1 sin).
std::optional<PatternMatch> rope_by_halves(const GraphView& view, std::int32_t concat) {
  if (view.node(concat).inputs.size() != 2) return std::nullopt;
  const auto real = rope_term(view, view.input(concat, 0), true);
  auto imaginary = rope_term(view, view.input(concat, 1), false);
  if (!real || !imaginary) return std::nullopt;
  if (imaginary->cosine.factor != real->cosine.factor) std::swap(imaginary->cosine, imaginary->sine);
  const bool same = imaginary->cosine.factor == real->cosine.factor && imaginary->sine.factor == real->sine.factor &&
                    view.source(real->cosine.half.whole) == view.source(imaginary->cosine.half.whole);
  const bool crossed = real->cosine.half.which == 0 && real->sine.half.which == 1 &&
                       imaginary->cosine.half.which == 1 && imaginary->sine.half.which == 0;
  if (!same || !crossed) return std::nullopt;
  PatternMatch match;
  match.pattern = "rope";
  match.variant = real->cosine.half.interleaved ? "interleaved" : "halves";
  match.nodes = real->nodes;
  match.nodes.insert(match.nodes.end(), imaginary->nodes.begin(), imaginary->nodes.end());
  match.nodes.push_back(concat);
  sort_unique(match.nodes);
  match.tensors = {{"x", real->cosine.half.whole},
                   {"cos", real->cosine.factor},
                   {"sin", real->sine.factor},
                   {"y", view.output(concat, 0)}};
  return match;
}

}  // namespace

std::vector<PatternMatch> find_rope(const GraphView& view) {
  std::vector<PatternMatch> matches;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    const Node& node = view.node(index);
    const bool rotates_inside =
        is_op(node, "GroupQueryAttention", "com.microsoft") && int_attribute(node, "do_rotary").value_or(0) != 0;
    if (is_op(node, "RotaryEmbedding") || is_op(node, "RotaryEmbedding", "com.microsoft") ||
        is_op(node, "GemmaRotaryEmbedding", "com.microsoft") || rotates_inside) {
      PatternMatch match;
      match.pattern = "rope";
      match.variant = "op";
      match.nodes = {index};
      match.tensors = {{"x", view.input(index, 0)}, {"y", view.output(index, 0)}};
      match.numbers = {{"interleaved", static_cast<double>(int_attribute(node, "interleaved").value_or(0))}};
      matches.push_back(std::move(match));
    } else if (is_op(node, "Concat")) {
      if (const auto rotation = rope_rotation(view, index)) add_applications(view, *rotation, matches);
      if (auto match = rope_by_halves(view, index)) matches.push_back(*std::move(match));
    }
  }
  return matches;
}

}  // namespace costscan
