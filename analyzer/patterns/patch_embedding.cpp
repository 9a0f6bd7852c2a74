// A vision transformer's first step: a convolution of patches that do not overlap, its map laid out as tokens.
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

}  // namespace

std::vector<PatternMatch> find_patch_embedding(const GraphView& view) {
  std::vector<PatternMatch> matches;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (!is_op(view.node(index), "Conv") || !is_patch_conv(view, index)) continue;
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
    if (!flattened || !transposed || view.rank(value) != 3) continue;
    const Shape* weight = view.shape(view.input(index, 1));
    match.tensors = {{"x", view.input(index, 0)}, {"weight", view.input(index, 1)}, {"y", value}};
    match.numbers = {{"patch", static_cast<double>(weight->back())}, {"width", static_cast<double>(weight->front())}};
    matches.push_back(std::move(match));
  }
  return matches;
}

}  // namespace costscan
