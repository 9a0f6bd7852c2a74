// A vision transformer's first step: patches that do not overlap, each made a token, by a convolution whose map is laid
// out as tokens, or by cutting the image with Reshape and Transpose (or SpaceToDepth) before a linear layer.
// A convolution is one where its kernel is its stride, and
// - it reads the image (a graph input of few channels, through casts, layouts, and arithmetic by constants), and its
// map
//   has the channels last behind it: [n, places, c], or [n, h, w, c] (Swin, ConvNeXt); or
// - it reads a map of features, lays its own out as [n, places, c], and that is a stream that blocks add to: the first
//   step of a further stage. One that only shortens what is attended to (Segformer's and PVT's K and V) is none.
#include <algorithm>
#include <array>
#include <deque>
#include <set>

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

/// An image, or a latent: of more channels a graph input is a map of features.
constexpr std::int64_t most_image_channels = 16;

/// Whether a convolution's operand is an image: a graph input, cast, laid out anew, normalised or padded.
bool is_image(const GraphView& view, ValueId value) {
  constexpr std::array<std::string_view, 16> kept_by_first{"BatchNormalization",
                                                           "Cast",
                                                           "Clip",
                                                           "DequantizeLinear",
                                                           "Flatten",
                                                           "Gather",
                                                           "Identity",
                                                           "Pad",
                                                           "QuantizeLinear",
                                                           "Resize",
                                                           "Reshape",
                                                           "Slice",
                                                           "Squeeze",
                                                           "Transpose",
                                                           "Unsqueeze",
                                                           "Upsample"};
  constexpr std::array<std::string_view, 4> arithmetic{"Add", "Div", "Mul", "Sub"};
  const Shape* dims = view.shape(value);
  if (dims == nullptr || dims->size() < 4 || (*dims)[1] > most_image_channels) return false;
  constexpr int farthest = 16;
  for (int step = 0; step < farthest && value != no_value; ++step) {
    const std::int32_t index = view.producer(value);
    if (index < 0) return !view.is_constant(value);
    const Node& node = view.node(index);
    if (is_any_op(node, arithmetic)) {
      const bool second = view.is_constant(view.input(index, 0));
      if (!second && !view.is_constant(view.input(index, 1))) return false;
      value = view.input(index, second ? 1 : 0);
    } else if (is_any_op(node, kept_by_first)) {
      value = view.input(index, 0);
    } else {
      return false;
    }
  }
  return false;
}

/// Whether tokens, normalised, joined with others or laid out as a map again, come to an Add with what was made beside
/// them: a residual stream.
bool becomes_stream(const GraphView& view, ValueId tokens) {
  constexpr std::array<std::string_view, 22> passed{"Add",     "BatchNormalization",
                                                    "Cast",    "Concat",
                                                    "Div",     "Dropout",
                                                    "Expand",  "Identity",
                                                    "Flatten", "LayerNormalization",
                                                    "Mul",     "Pow",
                                                    "Pad",     "ReduceMean",
                                                    "Reshape", "RMSNormalization",
                                                    "Slice",   "Split",
                                                    "Squeeze", "Sub",
                                                    "Sqrt",    "Transpose"};
  constexpr std::size_t most = 96;
  std::deque<ValueId> todo{tokens};
  std::set<ValueId> seen{tokens};
  while (!todo.empty() && seen.size() < most) {
    const ValueId value = todo.front();
    todo.pop_front();
    for (const ValueUse& use : view.uses(value)) {
      const Node& node = view.node(use.node);
      if (node.op_type.starts_with("Skip") && node.domain == "com.microsoft") return true;
      const bool adds = is_op(node, "Add") && !view.is_constant(view.input(use.node, use.slot == 0 ? 1 : 0));
      if (adds) return true;
      if (use.slot < 0 || !(is_any_op(node, passed) || is_op(node, "Unsqueeze"))) continue;
      for (const ValueId out : node.outputs) {
        if (out != no_value && seen.insert(out).second) todo.push_back(out);
      }
    }
  }
  return false;
}

/// What a convolution's map is laid out as.
struct TokenLayout {
  std::vector<std::int32_t> nodes;
  ValueId tokens = no_value;   ///< [n, places, c]
  ValueId last = no_value;     ///< channels last, places along several axes
  std::size_t last_nodes = 0;  ///< how many of the nodes make that
};

/// The reader of a map that lays it out anew, or adds a bias; shape arithmetic may read the map too. -1: none.
std::int32_t layout_step(const GraphView& view, ValueId value) {
  for (const ValueUse& use : view.canonical_uses(value)) {
    const Node& node = view.node(use.node);
    if (use.slot == 0 && (is_view_op(node) || is_op(node, "Transpose"))) return use.node;
    const bool bias =
        use.slot >= 0 && is_op(node, "Add") && view.is_constant(view.input(use.node, use.slot == 0 ? 1 : 0));
    if (bias) return use.node;
  }
  return -1;
}

TokenLayout token_layout(const GraphView& view, std::int32_t conv) {
  TokenLayout layout;
  ValueId value = view.output(conv, 0);
  bool flattened = false;
  bool transposed = false;
  constexpr int most_steps = 5;
  for (int step = 0; step < most_steps && !(flattened && transposed); ++step) {
    const std::int32_t next = layout_step(view, value);
    if (next < 0) break;
    const Node& node = view.node(next);
    const auto* perm = ints_attribute(node, "perm");
    layout.nodes.push_back(next);
    value = view.output(next, 0);
    flattened = flattened || is_view_op(node);
    const bool channels_last = is_op(node, "Transpose") && perm != nullptr && perm->size() >= 4 && perm->back() == 1;
    if (channels_last && !flattened) {
      layout.last = value;
      layout.last_nodes = layout.nodes.size();
    }
    transposed = transposed || is_op(node, "Transpose");
  }
  if (flattened && transposed && view.rank(value) == 3) layout.tokens = value;
  return layout;
}

std::optional<PatternMatch> patches_by_conv(const GraphView& view, std::int32_t index) {
  if (!is_patch_conv(view, index)) return std::nullopt;
  TokenLayout layout = token_layout(view, index);
  const bool image = is_image(view, view.input(index, 0));
  ValueId y = layout.tokens;
  if (y == no_value && image && layout.last != no_value) {
    y = layout.last;
    layout.nodes.resize(layout.last_nodes);
  }
  if (y == no_value || !(image || becomes_stream(view, y))) return std::nullopt;
  PatternMatch match;
  match.pattern = "patch_embedding";
  match.nodes = {index};
  match.nodes.insert(match.nodes.end(), layout.nodes.begin(), layout.nodes.end());
  sort_unique(match.nodes);
  const Shape* weight = view.shape(view.input(index, 1));
  match.tensors = {{"x", view.input(index, 0)}, {"weight", view.input(index, 1)}, {"y", y}};
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
