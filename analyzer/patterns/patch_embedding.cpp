// A vision transformer's first step: patches that do not overlap, each made a token, by a convolution whose map is laid
// out as tokens, or by cutting the image with Reshape and Transpose (or SpaceToDepth) before a linear layer.
#include <algorithm>

#include "model/checked_math.hpp"
#include "patterns/conv_chain.hpp"
#include "patterns/detectors.hpp"
#include "patterns/trace.hpp"

namespace costscan {
namespace {

/// Kernel and strides are equal and above 1, nothing is padded: every pixel is read once.
bool is_patch_conv(const GraphView& view, std::int32_t conv) {
  const Shape* weight = view.shape(view.input(conv, 1));
  const auto* strides = ints_attribute(view.node(conv), "strides");
  if (weight == nullptr || strides == nullptr || weight->size() != strides->size() + 2) return false;
  if (int_attribute(view.node(conv), "group").value_or(1) != 1) return false;
  for (std::size_t i = 0; i < strides->size(); ++i) {
    if ((*strides)[i] < 2 || (*weight)[i + 2] != (*strides)[i]) return false;
  }
  if (const auto* pads = ints_attribute(view.node(conv), "pads")) {
    for (const std::int64_t pad : *pads) {
      if (pad != 0) return false;
    }
  }
  return true;
}

std::optional<PatternMatch> patches_by_conv(const GraphView& view, std::int32_t index) {
  if (!is_patch_conv(view, index)) return std::nullopt;
  PatternMatch match;
  match.pattern = "patch_embedding";
  match.nodes = {index};
  ValueId value = view.output(index, 0);
  bool flattened = false;
  bool transposed = false;
  constexpr int most_steps = 4;
  for (int step = 0; step < most_steps && !(flattened && transposed); ++step) {
    // Shape arithmetic may read the map too.
    std::int32_t next = -1;
    for (const ValueUse& use : view.canonical_uses(value)) {
      const Node& node = view.node(use.node);
      const bool moves = is_view_op(node) || is_op(node, "Transpose");
      if (use.slot == 0 && moves && next < 0) next = use.node;
    }
    if (next < 0) break;
    (is_op(view.node(next), "Transpose") ? transposed : flattened) = true;
    match.nodes.push_back(next);
    value = view.output(next, 0);
  }
  if (!flattened || !transposed || view.rank(value) != 3) return std::nullopt;
  const Shape* weight = view.shape(view.input(index, 1));
  match.tensors = {{"x", view.input(index, 0)}, {"weight", view.input(index, 1)}, {"y", value}};
  match.numbers = {{"patch", static_cast<double>(weight->back())}, {"width", static_cast<double>(weight->front())}};
  return match;
}

/// Rows of an image cut into squares: [n, c, h p, w q] (or [n, h p, w q, c]) by Reshape to rank 6 and a Transpose that
/// brings the two places inside a patch behind the two of the patch. How many elements a patch has; nullopt for others.
std::optional<std::int64_t> cut_to_patches(const GraphView& view, std::int32_t reshape, std::int32_t transpose) {
  const Shape* image = view.shape(view.input(reshape, 0));
  const Shape* cut = view.shape(view.output(reshape, 0));
  const auto* perm = ints_attribute(view.node(transpose), "perm");
  if (image == nullptr || cut == nullptr || perm == nullptr) return std::nullopt;
  if (image->size() != 4 || cut->size() != 6 || perm->size() != 6) return std::nullopt;
  // Two axes are cut in two each: the first is the channels or is followed by them.
  const bool channels_first = (*cut)[1] == (*image)[1] && checked_mul((*cut)[2], (*cut)[3]) == (*image)[2];
  const bool channels_last = (*cut)[5] == (*image)[3] && checked_mul((*cut)[1], (*cut)[2]) == (*image)[1];
  if (!channels_first && !channels_last) return std::nullopt;
  const std::size_t first = channels_first ? 2 : 1;
  const auto place = [&](std::size_t axis) {
    return std::ranges::find(*perm, static_cast<std::int64_t>(axis)) - perm->begin();
  };
  const std::ptrdiff_t outer = std::max(place(first), place(first + 2));
  if (outer > std::min(place(first + 1), place(first + 3))) return std::nullopt;
  return element_count(Shape{(*cut)[first + 1], (*cut)[first + 3], (*cut)[channels_first ? 1 : 5]});
}

std::optional<PatternMatch> patches_by_linear(const GraphView& view, std::int32_t index) {
  const auto linear = as_linear(view, index);
  if (!linear) return std::nullopt;
  PatternMatch match;
  match.pattern = "patch_embedding";
  match.variant = "linear";
  match.nodes = {index};
  // A norm of the patches' elements may stand between.
  std::int32_t node = view.source_node(linear->activation);
  if (node >= 0 && is_op(view.node(node), "LayerNormalization")) {
    match.nodes.push_back(node);
    node = view.source_node(view.input(node, 0));
  }
  if (node < 0 || !is_op(view.node(node), "Reshape")) return std::nullopt;
  match.nodes.push_back(node);
  const Shape* tokens = view.shape(view.output(node, 0));
  const std::int32_t moved = view.source_node(view.input(node, 0));
  if (moved < 0 || tokens == nullptr || tokens->size() < 2) return std::nullopt;
  match.nodes.push_back(moved);
  ValueId image = view.input(moved, 0);
  if (is_op(view.node(moved), "Transpose")) {
    const std::int32_t cut = view.source_node(image);
    if (cut < 0 || !is_op(view.node(cut), "Reshape")) return std::nullopt;
    // Windows of tokens (Swin) keep the channels apart.
    if (cut_to_patches(view, cut, moved) != tokens->back()) return std::nullopt;
    match.nodes.push_back(cut);
    image = view.input(cut, 0);
  } else if (!is_op(view.node(moved), "SpaceToDepth")) {
    return std::nullopt;
  }
  const Shape* weight = view.shape(linear->weight);
  if (weight == nullptr || weight->size() != 2) return std::nullopt;
  sort_unique(match.nodes);
  match.tensors = {{"x", image}, {"weight", linear->weight}, {"y", view.output(index, 0)}};
  match.numbers = {{"elements", static_cast<double>(tokens->back())}};
  return match;
}

}  // namespace

std::vector<PatternMatch> find_patch_embedding(const GraphView& view) {
  std::vector<PatternMatch> matches;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    auto match = is_op(view.node(index), "Conv") ? patches_by_conv(view, index) : patches_by_linear(view, index);
    if (match) matches.push_back(*std::move(match));
  }
  return matches;
}

}  // namespace costscan
