// Conv or ConvTranspose whose only reader is a BatchNormalization of constants: its scale and shift go into the
// weights.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "passes/finders.hpp"
#include "passes/weights.hpp"

namespace costscan {
namespace {

/// Whether this BatchNormalization takes its statistics from its inputs, per channel, and gives nothing but its result.
bool is_inference(const GraphView& view, std::int32_t index) {
  const Node& node = view.node(index);
  for (std::size_t i = 1; i < node.outputs.size(); ++i) {
    if (node.outputs[i] != no_value) return false;
  }
  if (int_attribute(node, "spatial").value_or(1) == 0 || int_attribute(node, "training_mode").value_or(0) != 0)
    return false;
  constexpr std::int64_t test_by_attribute_until = 7;
  return view.opset() >= test_by_attribute_until || int_attribute(node, "is_test").value_or(0) != 0;
}

struct FoldedNorm {
  WeightSource weight;
  std::optional<WeightSource> bias;
  std::array<WeightSource, 4> norm;  ///< scale, shift, mean, variance; each [channels]
  double epsilon = 1e-5;
  std::int64_t channels = 0;
  bool transposed = false;
  std::int64_t group = 1;
};

std::optional<FoldedNorm> folded_norm(const GraphView& view, std::int32_t conv, std::int32_t norm) {
  FoldedNorm found;
  found.transposed = is_op(view.node(conv), "ConvTranspose");
  found.group = int_attribute(view.node(conv), "group").value_or(1);
  found.epsilon = static_cast<double>(float_attribute(view.node(norm), "epsilon").value_or(1e-5F));
  const auto weight = weight_source(view, view.input(conv, 1));
  if (!weight || weight->dims.size() < 3 || found.group < 1) return std::nullopt;
  found.weight = *weight;
  found.channels = found.transposed ? weight->dims[1] * found.group : weight->dims[0];
  if (view.input(conv, 2) != no_value) {
    found.bias = weight_source(view, view.input(conv, 2));
    if (!found.bias || found.bias->dims != Shape{found.channels}) return std::nullopt;
  }
  for (std::size_t i = 0; i < found.norm.size(); ++i) {
    const auto part = weight_source(view, view.input(norm, i + 1));
    if (!part || part->dims != Shape{found.channels}) return std::nullopt;
    found.norm[i] = *part;
  }
  return found;
}

/// Per channel: scale / sqrt(variance + epsilon).
Result<std::vector<double>> channel_factors(const FoldedNorm& folded, const ReadWeight& read) {
  auto factors = read_floats(folded.norm[0], read);
  const auto variance = read_floats(folded.norm[3], read);
  if (!factors) return factors;
  if (!variance) return variance;
  for (std::size_t i = 0; i < factors->size(); ++i) (*factors)[i] /= std::sqrt((*variance)[i] + folded.epsilon);
  return factors;
}

Result<std::vector<double>> scaled_weight(const FoldedNorm& folded, const ReadWeight& read) {
  auto weight = read_floats(folded.weight, read);
  const auto factors = channel_factors(folded, read);
  if (!weight) return weight;
  if (!factors) return factors;
  const Shape& dims = folded.weight.dims;
  std::size_t taps = 1;
  for (std::size_t i = 2; i < dims.size(); ++i) taps *= static_cast<std::size_t>(dims[i]);
  const auto rows = static_cast<std::size_t>(dims[0]);
  const auto columns = static_cast<std::size_t>(dims[1]);
  const std::size_t rows_of_group = std::max<std::size_t>(rows / static_cast<std::size_t>(folded.group), 1);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      const std::size_t channel = folded.transposed ? (row / rows_of_group) * columns + column : row;
      for (std::size_t tap = 0; tap < taps; ++tap)
        (*weight)[(row * columns + column) * taps + tap] *= (*factors)[channel];
    }
  }
  return weight;
}

Result<std::vector<double>> shifted_bias(const FoldedNorm& folded, const ReadWeight& read) {
  const auto factors = channel_factors(folded, read);
  auto bias = read_floats(folded.norm[1], read);
  const auto mean = read_floats(folded.norm[2], read);
  if (!factors) return factors;
  if (!bias) return bias;
  if (!mean) return mean;
  std::vector<double> own(bias->size(), 0);
  if (folded.bias) {
    auto given = read_floats(*folded.bias, read);
    if (!given) return given;
    own = *std::move(given);
  }
  for (std::size_t i = 0; i < bias->size(); ++i) (*bias)[i] += (own[i] - (*mean)[i]) * (*factors)[i];
  return bias;
}

}  // namespace

std::vector<Rewrite> find_conv_batchnorm(const PassContext& context) {
  const GraphView& view = context.view;
  std::vector<Rewrite> found;
  for (std::int32_t conv = 0; conv < view.node_count(); ++conv) {
    if (!is_op(view.node(conv), "Conv") && !is_op(view.node(conv), "ConvTranspose")) continue;
    const std::int32_t norm = view.sole_user(conv);
    if (norm < 0 || !is_op(view.node(norm), "BatchNormalization") || view.input(norm, 0) != view.output(conv, 0))
      continue;
    if (!is_inference(view, norm)) continue;
    const auto folded = folded_norm(view, conv, norm);
    if (!folded) continue;
    RewriteBuilder builder(view, {conv, norm});
    const ValueId weight =
        builder.constant(computed_constant(folded->weight.dtype, folded->weight.dims,
                                           [f = *folded](const ReadWeight& read) { return scaled_weight(f, read); }));
    const ValueId bias =
        builder.constant(computed_constant(folded->weight.dtype, {folded->channels},
                                           [f = *folded](const ReadWeight& read) { return shifted_bias(f, read); }));
    builder.replace(view.output(norm, 0), builder.node(view.node(conv).op_type, {view.input(conv, 0), weight, bias},
                                                       view.node(conv).attributes));
    builder.note(fmt::format("{} channels", folded->channels));
    found.push_back(builder.finish());
  }
  return found;
}

}  // namespace costscan
