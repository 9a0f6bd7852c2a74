#include "fingerprint/features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <utility>

#include "fingerprint/op_classes.hpp"
#include "patterns/pattern.hpp"

namespace costscan {
namespace {

struct PlainSpec {
  const char* name;
  const char* summary;
  FeatureScale scale;
};

constexpr FeatureScale apart = FeatureScale::apart;
constexpr FeatureScale plain = FeatureScale::plain;
constexpr FeatureScale logarithm = FeatureScale::logarithm;

constexpr auto plain_specs = std::to_array<PlainSpec>({
    // Size.
    {"nodes", "nodes of all graphs and called functions, Constant nodes apart", apart},
    {"compute_nodes", "of the main graph: those whose results the inputs' contents decide", apart},
    {"parameters", "elements of weights", apart},
    {"weight_bytes", "bytes of weights as stored", apart},
    {"flops", "floating-point operations", apart},
    {"compulsory_bytes", "bytes that one fused kernel per node would move", apart},
    {"arithmetic_intensity", "FLOPs per compulsory byte", apart},
    // Shape of the graph.
    {"depth", "compute nodes on the longest path", logarithm},
    {"width", "most compute nodes at one depth", logarithm},
    {"branching", "share of computed values with more than one reader", plain},
    {"residual_adds", "Adds of two computed values of one shape, per product", plain},
    // Operators.
    {"products", "convolutions and matrix products, fused attention apart", apart},
    {"convs", "convolutions", logarithm},
    {"convs_1d", "convolutions over one axis", logarithm},
    {"convs_2d", "convolutions over two axes", logarithm},
    {"convs_3d", "convolutions over three axes", logarithm},
    {"convs_depthwise", "convolutions with one channel per group", logarithm},
    {"convs_transposed", "transposed convolutions", logarithm},
    {"convs_patch", "2-D convolutions whose stride is their kernel, 4 or more", logarithm},
    {"matmuls", "matrix products, convolutions apart", logarithm},
    {"matmuls_weight", "of a value with a weight", logarithm},
    {"matmuls_activation", "of two computed values", logarithm},
    {"matmul_conv_ratio", "matrix products / (matrix products + convolutions)", plain},
    {"token_mixing",
     "weight products over an axis of tokens or places: behind a Transpose of the last two axes, or from the left",
     logarithm},
    {"reshapes", "Reshape, Flatten, Squeeze and Unsqueeze of computed values, per product", plain},
    {"transposes", "Transpose of computed values, per product", plain},
    {"softmaxes", "Softmax", logarithm},
    {"attention_ops", "fused attention operators", logarithm},
    {"attention", "attention blocks: found as patterns, else half of the products of two computed values", logarithm},
    {"pools", "pooling, global or windowed", logarithm},
    {"batch_norms", "BatchNormalization", logarithm},
    {"instance_norms", "InstanceNormalization and GroupNorm operators", logarithm},
    {"recurrent", "LSTM, GRU and RNN nodes", logarithm},
    {"loops", "Loop and Scan nodes", logarithm},
    {"branches", "If nodes", logarithm},
    {"cumulative", "CumSum, CumProd and LinearAttention nodes: scans over a sequence", logarithm},
    {"unrolled_steps",
     "steps of the longest recurrence written out: pieces of a sequence, each joined with the last state", logarithm},
    {"nms", "NonMaxSuppression nodes", logarithm},
    {"regions", "RoiAlign and other pooling of regions", logarithm},
    {"resizes", "Resize and Upsample nodes", logarithm},
    {"spectral", "STFT, DFT and mel filter nodes", logarithm},
    {"quantized", "products on integers or between DequantizeLinear, per product", apart},
    {"classic_ml", "nodes of ai.onnx.ml", logarithm},
    {"text_ops", "tokenizers, string and TF-IDF nodes", logarithm},
    // Inputs.
    {"inputs", "graph inputs without a default", apart},
    {"input_token_ids", "integer inputs that index an embedding table", logarithm},
    {"vocabulary", "rows of the largest embedding table that an input indexes", apart},
    {"embedding_tables", "embedding tables that inputs index", logarithm},
    {"input_images", "images of one or three channels, NCHW or NHWC", logarithm},
    {"input_latents", "4-D inputs of other channel counts", logarithm},
    {"input_volumes", "5-D inputs", logarithm},
    {"input_waveforms", "audio samples: one channel into a 1-D convolution or a spectrum", logarithm},
    {"input_spectra", "mel spectra: 3-D with a usual number of bins, into a convolution", logarithm},
    {"input_sequences", "other 3-D floating inputs", logarithm},
    {"input_vectors", "floating inputs of at most two axes", logarithm},
    {"input_masks", "masks by name", logarithm},
    {"input_positions", "positions by name", logarithm},
    {"input_past", "keys and values of earlier tokens: extended or attended to", logarithm},
    {"input_timesteps", "a number per sample that becomes sines and cosines, or is called timestep or sigma",
     logarithm},
    {"input_text", "string inputs", logarithm},
    {"named_audio", "inputs whose names speak of audio", logarithm},
    // Outputs.
    {"outputs", "graph outputs", apart},
    {"output_vocabulary", "outputs with a number for each row of the vocabulary", logarithm},
    {"output_classes", "2-D outputs", logarithm},
    {"output_like_input", "outputs of the shape of a 3-D to 5-D floating input", logarithm},
    {"output_images", "4-D outputs of one or three channels", logarithm},
    {"output_boxes", "outputs of four numbers for each of many boxes, beside one with as many rows", logarithm},
    {"output_scales", "distinct spatial sizes among 4-D and 5-D outputs", logarithm},
    // Structure.
    {"causal", "signs that tokens see only earlier ones", logarithm},
    {"anchor_concats", "Concats of flattened feature maps of falling sizes", logarithm},
    {"pyramid_merges", "an enlarged feature map joined with another one", logarithm},
    {"skip_concats", "Concats of two computed feature maps on the axis of channels", logarithm},
    {"downsampling", "sides of the largest image or latent input over those of the smallest convolved map", logarithm},
    {"conv_share",
     "share of FLOPs in convolutions that embed no patches (a patch embedding is a linear layer of patches)", plain},
    {"sequence_share", "share of the products' work on values with at most three axes", plain},
    {"stem_convs", "convolutions before the first matrix product", logarithm},
});

std::vector<FeatureSpec> make_specs() {
  std::vector<FeatureSpec> specs;
  for (const PlainSpec& spec : plain_specs) specs.push_back({spec.name, spec.summary, spec.scale});
  for (const Pattern& pattern : patterns()) {
    specs.push_back(
        {fmt::format("pattern_{}", pattern.name), fmt::format("places of the pattern {}", pattern.name), logarithm});
  }
  const std::array<std::pair<std::string_view, std::string_view>, 3> quantities{
      {{"flops", "FLOPs and integer operations"},
       {"bytes", "compulsory bytes"},
       {"time", "predicted time as written"}}};
  for (const auto& [quantity, words] : quantities) {
    for (const OpClass each : op_classes()) {
      specs.push_back({fmt::format("{}_{}", quantity, to_string(each)),
                       fmt::format("share of {}: {}", words, op_class_summary(each)),
                       quantity == "time" ? apart : plain});
    }
  }
  return specs;
}

}  // namespace

std::span<const FeatureSpec> feature_specs() {
  static const std::vector<FeatureSpec> specs = make_specs();
  return specs;
}

std::optional<std::size_t> feature_index(std::string_view name) {
  static const std::map<std::string, std::size_t, std::less<>> by_name = [] {
    std::map<std::string, std::size_t, std::less<>> out;
    for (std::size_t i = 0; i < feature_specs().size(); ++i) out.emplace(feature_specs()[i].name, i);
    return out;
  }();
  const auto found = by_name.find(name);
  return found == by_name.end() ? std::nullopt : std::optional(found->second);
}

void FeatureSet::set(std::string_view name, double value) {
  if (const auto index = feature_index(name); index && std::isfinite(value)) values_[*index] = value;
}

std::optional<double> FeatureSet::get(std::string_view name) const {
  const auto index = feature_index(name);
  return index ? values_[*index] : std::nullopt;
}

double compared_value(const FeatureSpec& spec, std::optional<double> value) {
  if (!value) return 0;
  return spec.scale == FeatureScale::logarithm ? std::log1p(std::max(0.0, *value)) : *value;
}

}  // namespace costscan
