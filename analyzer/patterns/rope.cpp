// Rotary position embedding: x cos + rotate(x) sin, where rotate turns halves or neighbours, by parts or by a constant
// matrix; and its ops.
#include <algorithm>
#include <cstddef>

#include "patterns/detectors.hpp"
#include "patterns/rope_parts.hpp"
#include "patterns/trace.hpp"

namespace costscan {
namespace {

struct RopeRotation {
  ValueId x = no_value;
  bool interleaved = false;
  bool by_matrix = false;
  bool backwards = false;  ///< turned the other way: what is made of it is subtracted
  std::vector<std::int32_t> nodes;
  ValueId y = no_value;
};

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

/// How a square matrix turns a row that is multiplied by it.
struct RowTurn {
  bool interleaved = false;
  double sign = 1;
};

/// Of [d, d]: row times matrix is (-second half, first half), or the same of neighbours, or the negation of these;
/// nullopt for other matrices.
std::optional<RowTurn> row_turn(const std::vector<double>& matrix, std::size_t width) {
  const std::size_t half = width / 2;
  RowTurn turn;
  turn.interleaved = matrix[half * width] == 0;
  turn.sign = -matrix[turn.interleaved ? width : half * width];
  if (turn.sign != 1 && turn.sign != -1) return std::nullopt;
  for (std::size_t row = 0; row < width; ++row) {
    for (std::size_t column = 0; column < width; ++column) {
      const bool first = turn.interleaved ? column % 2 == 0 : column < half;
      const std::size_t apart = turn.interleaved ? 1 : half;
      const std::size_t from = first ? column + apart : column - apart;
      const double wanted = row != from ? 0 : first ? -turn.sign : turn.sign;
      if (matrix[row * width + column] != wanted) return std::nullopt;
    }
  }
  return turn;
}

/// x times a constant matrix that turns its halves or neighbours.
std::optional<RopeRotation> matrix_rotation(const GraphView& view, std::int32_t matmul) {
  const ValueId matrix = view.input(matmul, 1);
  const Shape* dims = view.shape(matrix);
  const bool square = dims != nullptr && dims->size() == 2 && dims->front() == dims->back();
  if (!square || dims->front() < 2 || dims->front() % 2 != 0 || !view.is_constant(matrix)) return std::nullopt;
  // Weights of layers are square, too: only what is multiplied by something behind is read.
  const auto uses = view.canonical_uses(view.output(matmul, 0));
  const bool multiplied = std::ranges::any_of(
      uses, [&](const ValueUse& use) { return use.slot >= 0 && is_op(view.node(use.node), "Mul"); });
  const auto elements = multiplied ? view.floats(matrix) : std::nullopt;
  const auto width = static_cast<std::size_t>(dims->front());
  const auto turn = elements && elements->size() == width * width ? row_turn(*elements, width) : std::nullopt;
  if (!turn) return std::nullopt;
  RopeRotation rotation;
  rotation.x = view.source(view.input(matmul, 0));
  rotation.interleaved = turn->interleaved;
  rotation.by_matrix = true;
  rotation.backwards = turn->sign < 0;
  rotation.nodes = {matmul};
  rotation.y = view.output(matmul, 0);
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
      const bool fits = rotation.backwards ? is_op(view.node(sum.node), "Sub") && sum.slot == 1
                                           : is_op(view.node(sum.node), "Add") && sum.slot >= 0;
      if (!fits) continue;
      const bool in_pairs = rotation.interleaved && !rotation.by_matrix;
      const auto cosine = rope_cosine(view, view.input(sum.node, sum.slot == 0 ? 1 : 0), rotation.x, in_pairs);
      if (!cosine) continue;
      PatternMatch match;
      match.pattern = "rope";
      match.variant = rotation.by_matrix ? "matrix" : rotation.interleaved ? "interleaved" : "rotate_half";
      if (rotation.by_matrix) match.numbers = {{"interleaved", rotation.interleaved ? 1.0 : 0.0}};
      match.nodes = rotation.nodes;
      match.nodes.insert(match.nodes.end(), {use.node, cosine->first, sum.node});
      sort_unique(match.nodes);
      match.tensors = {{"x", rotation.x}, {"cos", cosine->second}, {"sin", sine}, {"y", view.output(sum.node, 0)}};
      matches.push_back(std::move(match));
    }
  }
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
    } else if (is_op(node, "MatMul")) {
      if (const auto rotation = matrix_rotation(view, index)) add_applications(view, *rotation, matches);
    } else if (is_op(node, "Add")) {
      if (auto match = rope_by_pair_matrices(view, index)) matches.push_back(*std::move(match));
    }
  }
  return matches;
}

}  // namespace costscan
