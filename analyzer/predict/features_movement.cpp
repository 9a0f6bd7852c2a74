// Ops that copy, and ops that only name memory anew. Coordinates are bytes: a copy does not know element types.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "predict/feature_node.hpp"

namespace costscan {
namespace {

constexpr std::array<std::string_view, 8> view_ops = {"Reshape",  "Flatten", "Squeeze",    "Unsqueeze",
                                                      "Identity", "BitCast", "ExpandDims", "Dropout"};
constexpr std::array<std::string_view, 7> shape_ops = {"Shape",          "Size",    "Range",   "ConstantOfShape",
                                                       "SequenceLength", "EyeLike", "Constant"};

/// Bytes read and written where only what is copied is touched.
RateFeatures copying_features(const FeatureNode& node, std::string rate_class, double bytes, double run) {
  RateFeatures features = basic_features(node);
  const FeatureOperand& source = node.in(0);
  (source.constant ? features.weight_bytes : features.bytes_in) = bytes;
  (source.constant ? features.bytes_in : features.weight_bytes) = 0;
  features.bytes_out = bytes;
  features.rate_class = std::move(rate_class);
  features.coords = {bytes, run};
  features.work = 2 * bytes;
  return features;
}

/// A transposition without axes of size 1 and with axes that stay together merged.
struct Permutation {
  std::vector<double> sizes;        ///< of the input's axes
  std::vector<std::size_t> source;  ///< output axis → input axis
};

Permutation canonical(const Shape& shape, const std::vector<std::int64_t>& perm) {
  std::vector<std::size_t> kept;  // output order, input axes larger than 1
  for (const std::int64_t axis : perm) {
    if (axis >= 0 && static_cast<std::size_t>(axis) < shape.size() && shape[static_cast<std::size_t>(axis)] != 1)
      kept.push_back(static_cast<std::size_t>(axis));
  }
  const auto follows = [&](std::size_t first, std::size_t second) {
    for (std::size_t axis = first + 1; axis < second; ++axis) {
      if (shape[axis] != 1) return false;
    }
    return second > first;
  };
  std::vector<std::pair<std::size_t, double>> groups;  // first input axis, size
  std::size_t previous = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const auto size = static_cast<double>(shape[kept[i]]);
    if (i > 0 && follows(previous, kept[i])) {
      groups.back().second *= size;
    } else {
      groups.emplace_back(kept[i], size);
    }
    previous = kept[i];
  }
  std::vector<std::size_t> order(groups.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t g) { return groups[g].first; });
  Permutation found;
  found.source.resize(groups.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    found.sizes.push_back(groups[order[i]].second);
    found.source[order[i]] = i;
  }
  return found;
}

RateFeatures transposition(const FeatureNode& node) {
  const FeatureOperand& input = node.in(0);
  std::vector<std::int64_t> perm;
  if (const auto* given = ints_attribute(*node.node, "perm")) {
    perm = *given;
  } else {
    for (std::size_t i = input.shape.size(); i-- > 0;) perm.push_back(static_cast<std::int64_t>(i));
  }
  const Permutation found = canonical(input.shape, perm);
  const double element = element_bytes(input.dtype);
  const std::size_t rank = found.source.size();
  std::string kind = "general";
  std::vector<double> coords = {input.bytes};
  if (rank <= 1) {
    kind = "copy";
  } else if (found.source.back() + 1 == rank) {
    kind = "block";
    coords.push_back(found.sizes.back() * element);
  } else {
    if (rank == 2) kind = "2d";
    if (rank == 3 && found.source[0] == 0) kind = "batched2d";
    coords.push_back(found.sizes[found.source.back()]);
    coords.push_back(found.sizes.back());
  }
  // Blocks and copies move bytes; the other kinds move elements one by one, where the width of one matters.
  std::string width;
  if (kind != "copy" && kind != "block" && element != 4) width = fmt::format(":{}B", element);
  return streaming_features(node, "Transpose/" + kind + width, std::move(coords));
}

double smallest_chunk(std::span<const FeatureOperand> operands, std::size_t axis) {
  double smallest = 0;
  for (const FeatureOperand& operand : operands) {
    if (!operand.present || operand.elements == 0) continue;
    const double chunk = product(operand.shape, axis) * element_bytes(operand.dtype);
    smallest = smallest == 0 ? chunk : std::min(smallest, chunk);
  }
  return smallest;
}

RateFeatures joining(const FeatureNode& node) {
  const FeatureOperand& output = node.out(0);
  const std::size_t axis = node.axis(0, output.shape.size());
  return streaming_features(node, "Concat", {output.bytes, smallest_chunk(node.inputs, axis)});
}

RateFeatures splitting(const FeatureNode& node) {
  const FeatureOperand& input = node.in(0);
  const std::size_t axis = node.axis(0, input.shape.size());
  return copying_features(node, "Split", input.bytes, smallest_chunk(node.outputs, axis));
}

/// Innermost elements that lie together in both tensors: whole axes of equal size, and the smaller part of the next.
double common_run(const Shape& a, const Shape& b) {
  double run = 1;
  for (std::size_t i = 1; i <= std::min(a.size(), b.size()); ++i) {
    const std::int64_t x = a[a.size() - i];
    const std::int64_t y = b[b.size() - i];
    run *= static_cast<double>(std::min(x, y));
    if (x != y) break;
  }
  return run;
}

bool strided(const FeatureNode& node) {
  const KnownValue* steps = node.in(4).value;
  return steps != nullptr && std::ranges::any_of(steps->ints, [](std::int64_t step) { return step != 1; });
}

RateFeatures cutting(const FeatureNode& node) {
  const FeatureOperand& output = node.out(0);
  const double run = common_run(node.in(0).shape, output.shape) * element_bytes(output.dtype);
  return copying_features(node, strided(node) ? "Slice/strided" : "Slice", output.bytes, run);
}

RateFeatures gathering(const FeatureNode& node) {
  const FeatureOperand& data = node.in(0);
  const FeatureOperand& output = node.out(0);
  const double element = element_bytes(output.dtype);
  double run = element;
  if (node.is("Gather")) {
    run *= product(data.shape, node.axis(0, data.shape.size()) + 1);
  } else if (node.is("GatherND") && !node.in(1).shape.empty()) {
    const std::int64_t indexed = node.in(1).shape.back() + node.attribute("batch_dims", 0);
    run *= product(data.shape, static_cast<std::size_t>(std::max<std::int64_t>(indexed, 0)));
  }
  return copying_features(node, node.node->op_type, output.bytes, run);
}

/// Expand, Tile and Pad write more than they read.
RateFeatures widening(const FeatureNode& node) {
  const FeatureOperand& input = node.in(0);
  const FeatureOperand& output = node.out(0);
  const double run = common_run(input.shape, output.shape) * element_bytes(output.dtype);
  RateFeatures features = copying_features(node, node.node->op_type, output.bytes, run);
  features.bytes_in = input.constant ? 0 : input.bytes;
  features.weight_bytes = input.constant ? input.bytes : 0;
  features.work = input.bytes + output.bytes;
  return features;
}

RateFeatures resizing(const FeatureNode& node) {
  std::string mode = "nearest";
  if (const std::string* given = string_attribute(*node.node, "mode")) mode = *given;
  const char* nchwc = node.node->domain == nchwc_domain ? "/nchwc" : "";
  return streaming_features(node, fmt::format("Resize/{}{}{}", mode, nchwc, type_suffix(node.in(0).dtype)),
                            {node.out(0).elements});
}

/// Fixed cost: no bytes move.
RateFeatures nameless(const FeatureNode& node, const char* rate_class) {
  RateFeatures features;
  features.rate_class = rate_class;
  features.coords = {1};
  features.work = 1;
  features.out_elements = node.out(0).elements;
  return features;
}

}  // namespace

std::optional<RateFeatures> movement_features(const FeatureNode& node) {
  const auto among = [&](const auto& ops) { return std::ranges::find(ops, node.node->op_type) != ops.end(); };
  if (among(view_ops)) return nameless(node, "view");
  constexpr double handful = 64;
  if (among(shape_ops) && node.out(0).elements <= handful) return nameless(node, "shape");
  if (!node.in(0).present || !node.out(0).present) return std::nullopt;
  if (node.is("Transpose")) return transposition(node);
  if (node.is("Concat")) return joining(node);
  if (node.is("Split")) return splitting(node);
  if (node.is("Slice")) return cutting(node);
  if (node.is("Gather") || node.is("GatherND") || node.is("GatherElements")) return gathering(node);
  if (node.is("Expand") || node.is("Tile") || node.is("Pad")) return widening(node);
  if (node.is("Resize") || node.is("Upsample")) return resizing(node);
  return std::nullopt;
}

}  // namespace costscan
