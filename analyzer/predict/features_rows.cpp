// Ops that work along an axis: normalisations, Softmax, reductions.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "predict/feature_node.hpp"

namespace costscan {
namespace {

constexpr std::array<std::string_view, 8> layer_norms = {
    "LayerNormalization",     "SimplifiedLayerNormalization",     "RMSNormalization",
    "SkipLayerNormalization", "SkipSimplifiedLayerNormalization", "EmbedLayerNormalization",
    "LpNormalization",        "MeanVarianceNormalization"};

RateFeatures layer_norm(const FeatureNode& node) {
  const Shape& shape = node.is("EmbedLayerNormalization") ? node.out(0).shape : node.in(0).shape;
  const std::size_t axis = node.axis(-1, shape.size());
  return streaming_features(node, "norm/" + node.node->op_type + type_suffix(node.out(0).dtype),
                            {product(shape, 0, axis), product(shape, axis)});
}

RateFeatures channel_norm(const FeatureNode& node) {
  const Shape& shape = node.in(0).shape;
  std::size_t leading = std::min<std::size_t>(2, shape.size());
  double rows = product(shape, 0, leading);
  double columns = product(shape, leading);
  if (node.is("GroupNormalization") || node.is("GroupNorm")) {
    const double groups = static_cast<double>(node.attribute(node.is("GroupNorm") ? "groups" : "num_groups", 1));
    rows = (shape.empty() ? 1 : static_cast<double>(shape[0])) * groups;
    columns = node.in(0).elements / std::max(rows, 1.0);
  }
  // A batch normalisation of tokens, [rows, channels], goes over runs of a single element.
  const char* kind = node.is("BatchNormalization") && columns <= 1 ? "/tokens" : "";
  return streaming_features(node, "norm/" + node.node->op_type + kind + type_suffix(node.in(0).dtype), {rows, columns});
}

/// Since opset 13 over one axis (elsewhere than last through a transposition); before, over all axes from `axis`.
RateFeatures softmax(const FeatureNode& node) {
  const Shape& shape = node.in(0).shape;
  const bool one_axis = node.opset >= 13;
  const std::size_t axis = node.axis(one_axis ? -1 : 1, shape.size());
  const double columns = one_axis ? product(shape, axis, axis + 1) : product(shape, axis);
  const bool inner = !one_axis || product(shape, axis + 1) == 1;
  return streaming_features(
      node, fmt::format("softmax/{}{}{}", node.node->op_type, inner ? "" : "/axis", type_suffix(node.in(0).dtype)),
      {node.in(0).elements / std::max(columns, 1.0), columns});
}

/// One flag per axis of the input: is it reduced?
std::vector<bool> reduced_axes(const FeatureNode& node, std::size_t rank) {
  std::vector<bool> reduced(rank, false);
  std::vector<std::int64_t> axes;
  const bool arg = node.is("ArgMax") || node.is("ArgMin") || node.is("TopK") || node.is("CumSum");
  if (arg) {
    axes = {node.attribute("axis", node.is("TopK") ? -1 : 0)};
  } else if (const auto* listed = ints_attribute(*node.node, "axes")) {
    axes = *listed;
  } else if (node.in(1).value != nullptr) {
    axes = node.in(1).value->ints;
  }
  if (axes.empty() && node.attribute("noop_with_empty_axes", 0) == 0) reduced.assign(rank, true);
  for (const std::int64_t axis : axes) {
    const std::int64_t index = axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
    if (index >= 0 && index < static_cast<std::int64_t>(rank)) reduced[static_cast<std::size_t>(index)] = true;
  }
  return reduced;
}

RateFeatures reduction(const FeatureNode& node) {
  const Shape& shape = node.in(0).shape;
  const std::vector<bool> reduced = reduced_axes(node, shape.size());
  double kept = 1;
  double summed = 1;
  int changes = 0;
  std::optional<bool> last;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1) continue;
    (reduced[i] ? summed : kept) *= static_cast<double>(shape[i]);
    if (last && *last != reduced[i]) ++changes;
    last = reduced[i];
  }
  const char* kind = changes > 1 ? "mixed" : last.value_or(true) ? "inner" : "outer";
  return streaming_features(
      node, fmt::format("reduce/{}/{}{}", node.node->op_type, kind, type_suffix(node.in(0).dtype)), {kept, summed});
}

}  // namespace

std::optional<RateFeatures> row_features(const FeatureNode& node) {
  const std::string& op = node.node->op_type;
  if (!node.in(0).present || !node.out(0).present) return std::nullopt;
  if (std::ranges::find(layer_norms, op) != layer_norms.end()) return layer_norm(node);
  for (const char* name : {"InstanceNormalization", "GroupNormalization", "GroupNorm", "BatchNormalization"}) {
    if (node.is(name)) return channel_norm(node);
  }
  if (op == "Softmax" || op == "LogSoftmax") return softmax(node);
  if (op.starts_with("Reduce") || op == "ArgMax" || op == "ArgMin" || op == "TopK" || op == "CumSum")
    return reduction(node);
  return std::nullopt;
}

}  // namespace costscan
