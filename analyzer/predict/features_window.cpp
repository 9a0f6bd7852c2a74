// Convolutions by kernel kind, pools and layout reorders.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "predict/feature_node.hpp"

namespace costscan {
namespace {

struct Window {
  double in_channels = 1;  ///< per group
  double out_channels = 1;
  double group = 1;
  double taps = 1;
  double pixels = 1;  ///< of the output, of one image
  double images = 1;
  std::int64_t stride = 1;
  std::int64_t side = 1;  ///< of a square kernel, else 0
  bool dilated = false;
  std::size_t rank = 0;  ///< spatial axes
};

/// Quantised and float16 kernels also come with channels as the last axis of data; weights stay as they are.
bool channels_last(const FeatureNode& node) {
  return node.attribute("channels_last", 0) != 0 || node.node->op_type.starts_with("Nhwc");
}

Window window_of(const FeatureNode& node, const FeatureOperand& weights, const FeatureOperand& output) {
  Window window;
  const Shape& w = weights.shape;
  window.rank = w.size() - 2;
  window.out_channels = static_cast<double>(w[0]);
  window.in_channels = static_cast<double>(w[1]);
  window.group = static_cast<double>(std::max<std::int64_t>(node.attribute("group", 1), 1));
  window.taps = product(w, 2);
  window.side = w[2];
  for (std::size_t i = 3; i < w.size(); ++i) {
    if (w[i] != w[2]) window.side = 0;
  }
  window.pixels = channels_last(node) ? product(output.shape, 1, output.shape.size() - 1) : product(output.shape, 2);
  window.images = output.shape.empty() ? 1 : static_cast<double>(output.shape[0]);
  if (const auto* strides = ints_attribute(*node.node, "strides"); strides != nullptr && !strides->empty())
    window.stride = std::max<std::int64_t>(*std::ranges::max_element(*strides), 1);
  if (const auto* dilations = ints_attribute(*node.node, "dilations"))
    window.dilated = std::ranges::any_of(*dilations, [](std::int64_t d) { return d > 1; });
  return window;
}

/// Fewer channels than a block (8 or 16, by the processor) are read as they are. Elementwise nodes work on blocks too,
/// so that only for the size between the two does it matter who made the input.
bool reads_blocks(const Window& window, bool blocked_input) {
  const auto channels = static_cast<std::int64_t>(window.in_channels);
  constexpr std::int64_t smallest = 8;
  if (channels == smallest) return blocked_input;
  return channels % smallest == 0;
}

/// A stride beyond two behaves like two: no input row is used by many outputs.
int stride_kind(const Window& window) { return window.stride > 1 ? 2 : 1; }

bool is_depthwise(const Window& window) { return window.group > 1 && window.in_channels == 1; }

std::pair<std::string, std::vector<double>> blocked_kind(const Window& window, bool blocked_input) {
  const int s = stride_kind(window);
  // Weights of a depthwise layer are stored with their channels padded to whole blocks; the group says which they are.
  if (window.group > 1 && window.in_channels == 1) {
    const bool known = window.side == 3 || window.side == 5 || window.side == 7;
    if (known && !window.dilated)
      return {fmt::format("dw{}x{}/s{}", window.side, window.side, s), {window.out_channels, window.pixels}};
    return {fmt::format("dwkxk/s{}", s), {window.out_channels, window.pixels, window.taps}};
  }
  if (window.group > 1) {
    return {fmt::format("grouped/s{}", s),
            {window.in_channels, window.out_channels / window.group, window.pixels, window.taps}};
  }
  if (!reads_blocks(window, blocked_input)) {
    return {"first",
            {window.out_channels, window.pixels, window.in_channels * window.taps, static_cast<double>(window.stride)}};
  }
  if (window.taps == 1) return {fmt::format("1x1/s{}", s), {window.in_channels, window.out_channels, window.pixels}};
  if (window.side == 3 && !window.dilated)
    return {fmt::format("3x3/s{}", s), {window.in_channels, window.out_channels, window.pixels}};
  return {fmt::format("kxk/s{}", s), {window.in_channels, window.out_channels, window.pixels, window.taps}};
}

std::pair<std::string, std::vector<double>> plain_kind(const Window& window) {
  if (is_depthwise(window)) return {"dw", {window.out_channels, window.pixels, window.taps}};
  const std::vector<double> coords = {window.out_channels / window.group, window.pixels,
                                      window.in_channels * window.taps};
  if (window.group > 1) return {"grouped", coords};
  if (window.in_channels == 1) return {"1ch", coords};
  if (window.rank == 1) return {"1d", coords};
  return {window.taps == 1 && window.stride == 1 ? "1x1" : "im2col", coords};
}

std::string fused_activation(const FeatureNode& node, bool sum) {
  std::string text;
  if (const std::string* activation = string_attribute(*node.node, "activation")) text = *activation;
  return sum ? text + "+Sum" : text;
}

std::optional<RateFeatures> convolution(const FeatureNode& node, std::size_t weight_index, const char* family) {
  const FeatureOperand& weights = node.in(weight_index);
  const FeatureOperand& output = node.out(0);
  if (weights.shape.size() < 3 || output.shape.size() < 3) return std::nullopt;
  const bool blocked = node.node->domain == nchwc_domain;
  const Window window = window_of(node, weights, output);
  const FeatureOperand& input = node.in(0);
  auto [kind, coords] = blocked ? blocked_kind(window, node.blocked_input) : plain_kind(window);
  RateFeatures features = basic_features(node);
  features.rate_class = fmt::format("{}{}/{}", family, blocked ? "_nchwc" : "", kind);
  features.coords = std::move(coords);
  features.unit = WorkUnit::flops;
  features.work = 2.0 * window.images * window.out_channels * window.pixels * window.in_channels * window.taps;
  features.out_elements = window.images * window.out_channels * window.pixels;
  if (family == std::string_view("qlinear_conv") && weights.dtype == DType::uint8) features.rate_class += "/unsigned";
  if (weight_index == 1) {
    features.rate_class += type_suffix(input.dtype);
    features.flops = features.work;
    features.activation = fused_activation(node, node.in(3).present);
  } else if (input.dtype == DType::int8) {
    features.rate_class += ":int8";
  }
  return features;
}

std::optional<RateFeatures> transposed_convolution(const FeatureNode& node) {
  const Shape& weights = node.in(1).shape;
  const Shape& input = node.in(0).shape;
  if (weights.size() < 3 || input.size() < 3) return std::nullopt;
  const auto group = static_cast<double>(std::max<std::int64_t>(node.attribute("group", 1), 1));
  const double columns = static_cast<double>(weights[1]) * product(weights, 2);
  const double pixels = product(input, 2);
  RateFeatures features = basic_features(node);
  features.rate_class = "conv_transpose" + type_suffix(node.in(0).dtype);
  features.coords = {columns, pixels, static_cast<double>(weights[0]) / group};
  features.unit = WorkUnit::flops;
  features.work = 2.0 * product(input) * columns;
  features.flops = features.work;
  return features;
}

std::optional<RateFeatures> pool(const FeatureNode& node) {
  const FeatureOperand& output = node.out(0);
  const std::string nchwc = node.node->domain == nchwc_domain ? "/nchwc" : channels_last(node) ? "/nhwc" : "";
  const std::string suffix = type_suffix(node.in(0).dtype);
  for (const char* kind : {"GlobalAveragePool", "GlobalMaxPool"}) {
    if (!node.is(kind)) continue;
    const Shape& input = node.in(0).shape;
    return streaming_features(node,
                              "pool/" + std::string(kind).substr(0, std::string_view(kind).size() - 4) + nchwc + suffix,
                              {product(input, 0, 2), product(input, 2)});
  }
  const auto* kernel = ints_attribute(*node.node, "kernel_shape");
  const auto* strides = ints_attribute(*node.node, "strides");
  const bool strided = strides != nullptr && std::ranges::any_of(*strides, [](std::int64_t s) { return s > 1; });
  const double taps = kernel != nullptr ? product(*kernel) : 1;
  const std::string& op = node.node->op_type;
  const std::string name = op.ends_with("MaxPool") ? "Max" : op == "AveragePool" ? "Average" : "Lp";
  return streaming_features(node, fmt::format("pool/{}{}/s{}{}", name, nchwc, strided ? 2 : 1, suffix),
                            {output.elements, taps});
}

std::optional<RateFeatures> reorder(const FeatureNode& node) {
  const bool last = channels_last(node);
  const Shape& shape = node.is("ReorderInput") && last ? node.out(0).shape : node.in(0).shape;
  return streaming_features(node, node.node->op_type + (last ? "/channels_last" : ""),
                            {product(shape, 0, 2), product(shape, 2)});
}

}  // namespace

std::optional<RateFeatures> window_features(const FeatureNode& node) {
  if (node.is("Conv") || node.is("FusedConv") || node.is("NhwcFusedConv")) return convolution(node, 1, "conv");
  if (node.is("QLinearConv")) return convolution(node, 3, "qlinear_conv");
  if (node.is("ConvInteger")) {
    auto features = convolution(node, 1, "conv_integer");
    if (features) features->flops = 0;
    return features;
  }
  if (node.is("ConvTranspose")) return transposed_convolution(node);
  if (node.is("ReorderInput") || node.is("ReorderOutput")) return reorder(node);
  for (const char* op : {"MaxPool", "NhwcMaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool"}) {
    if (node.is(op)) return pool(node);
  }
  return std::nullopt;
}

}  // namespace costscan
