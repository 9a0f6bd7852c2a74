// Convolutions, pools and layout changes of ONNX Runtime's own domains. They follow ONNX's rules for Conv and pools, on
// tensors whose channels lie last (NHWC) or in blocks (nchwc).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "model/checked_math.hpp"
#include "shapes/elements.hpp"
#include "shapes/own_rules.hpp"

namespace costscan {
namespace {

/// Channels of blocked tensors are rounded up to this many: 16 floats, a vector register of AVX-512. Machines with
/// shorter registers block by 8; only a channel count that is a multiple of 8 and not of 16 would come out otherwise.
constexpr std::int64_t nchwc_block = 16;

/// Opset whose Conv and pool rules stand behind these operators.
constexpr std::int64_t standard_version = 18;

std::int64_t rounded_up(std::int64_t channels) { return (channels + nchwc_block - 1) / nchwc_block * nchwc_block; }

Shape channels_first(const Shape& nhwc) {
  Shape out = nhwc;
  if (out.size() > 2) std::rotate(out.begin() + 1, out.end() - 1, out.end());
  return out;
}

Shape channels_last(const Shape& nchw) {
  Shape out = nchw;
  if (out.size() > 2) std::rotate(out.begin() + 1, out.begin() + 2, out.end());
  return out;
}

/// Runs the standard rule on operands of which the first may have its channels last. The standard operators are for
/// floats; whatever the operands hold, the output has the first one's dtype.
RuleResult windowed(const NodeInputs& node, SchemaInference& schemas, std::string_view op_type,
                    const std::vector<const TensorInfo*>& operands, bool last) {
  std::vector<TensorInfo> infos;
  for (const TensorInfo* operand : operands) infos.push_back(tensor_of(DType::float32, *operand->shape));
  if (last) infos[0].shape = channels_first(*infos[0].shape);
  std::vector<const TensorInfo*> pointers;
  for (const TensorInfo& info : infos) pointers.push_back(&info);
  auto out = as_standard(node, schemas, op_type, pointers, standard_version);
  if (!out) return out;
  for (TensorInfo& info : *out) {
    if (info.dtype == DType::float32) info.dtype = operands[0]->dtype;
    if (last && info.shape) info.shape = channels_last(*info.shape);
  }
  return out;
}

bool says_channels_last(const NodeInputs& node) { return int_attribute(node.node, "channels_last").value_or(0) != 0; }

RuleResult conv(const NodeInputs& node, SchemaInference& schemas) {
  return windowed(node, schemas, "Conv", {node.input(0), node.input(1)}, false);
}
RuleResult nhwc_conv(const NodeInputs& node, SchemaInference& schemas) {
  return windowed(node, schemas, "Conv", {node.input(0), node.input(1)}, true);
}
RuleResult max_pool(const NodeInputs& node, SchemaInference& schemas) {
  return windowed(node, schemas, "MaxPool", {node.input(0)}, false);
}
RuleResult nhwc_max_pool(const NodeInputs& node, SchemaInference& schemas) {
  return windowed(node, schemas, "MaxPool", {node.input(0)}, true);
}
RuleResult average_pool(const NodeInputs& node, SchemaInference& schemas) {
  return windowed(node, schemas, "AveragePool", {node.input(0)}, false);
}
RuleResult nhwc_average_pool(const NodeInputs& node, SchemaInference& schemas) {
  return windowed(node, schemas, "AveragePool", {node.input(0)}, true);
}
RuleResult global_pool(const NodeInputs& node, SchemaInference& schemas) {
  return windowed(node, schemas, "GlobalAveragePool", {node.input(0)}, false);
}
RuleResult nhwc_global_pool(const NodeInputs& node, SchemaInference& schemas) {
  return windowed(node, schemas, "GlobalAveragePool", {node.input(0)}, true);
}
RuleResult quantised_average_pool(const NodeInputs& node, SchemaInference& schemas) {
  return windowed(node, schemas, "AveragePool", {node.input(0)}, says_channels_last(node));
}
RuleResult quantised_global_pool(const NodeInputs& node, SchemaInference& schemas) {
  return windowed(node, schemas, "GlobalAveragePool", {node.input(0)}, says_channels_last(node));
}

/// (x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, B)
RuleResult quantised_conv(const NodeInputs& node, SchemaInference& schemas) {
  auto out = windowed(node, schemas, "Conv", {node.input(0), node.input(3)}, says_channels_last(node));
  if (out && !out->empty() && dtype_of(node, 7) != DType::undefined) (*out)[0].dtype = dtype_of(node, 7);
  return out;
}

RuleResult conv_transpose(const NodeInputs& node, SchemaInference& schemas) {
  Node with_pads = node.node;
  if (node.input(2) != nullptr) {  // the pads are an operand: hand them over as the attribute
    const KnownValue* pads = node.contents(2);
    if (pads == nullptr) return Types{};
    Attribute attribute;
    attribute.name = "pads";
    attribute.value = pads->ints;
    attribute.declared_type = 7;  // AttributeProto.INTS
    with_pads.attributes.push_back(std::move(attribute));
  }
  const NodeInputs inner{with_pads, node.version, node.inputs};
  return as_standard(inner, schemas, "ConvTranspose", {node.input(0), node.input(1)}, 11);
}

RuleResult reorder_input(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  Shape out = says_channels_last(node) ? channels_first(x) : x;
  if (out.size() < 2) return tl::unexpected(std::string("the input has no channels"));
  out[1] = rounded_up(out[1]);
  return Types{tensor_of(dtype_of(node, 0), std::move(out))};
}

RuleResult reorder_output(const NodeInputs& node, SchemaInference&) {
  Shape out = shape_of_operand(node, 0);
  const auto channels = int_attribute(node.node, "channels");
  if (out.size() < 2 || !channels) return tl::unexpected(std::string("needs the attribute channels"));
  out[1] = *channels;
  return Types{tensor_of(dtype_of(node, 0), says_channels_last(node) ? channels_last(out) : std::move(out))};
}

RuleResult blocked_upsample(const NodeInputs& node, SchemaInference&) {
  Shape out = shape_of_operand(node, 0);
  const auto* scales = ints_attribute(node.node, "scales");
  if (scales == nullptr || scales->size() != out.size()) {
    return tl::unexpected(std::string("needs one scale for each dimension"));
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto scaled = checked_mul(out[i], (*scales)[i]);
    if (!scaled) return tl::unexpected(std::string("a scaled dimension leaves the 64-bit range"));
    out[i] = *scaled;
  }
  return Types{tensor_of(dtype_of(node, 0), std::move(out))};
}

/// (X, rois, batch_indices, crop_size)
RuleResult crop_and_resize(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  const Shape& rois = shape_of_operand(node, 1);
  const KnownValue* size = node.contents(3);
  if (x.size() != 4 || rois.empty() || size == nullptr || size->ints.size() != 2) return Types{};
  return Types{tensor_of(dtype_of(node, 0), {rois[0], x[1], size->ints[0], size->ints[1]})};
}

using WindowRules = std::unordered_map<std::string_view, RuleEntry>;

const WindowRules& blocked_table() {
  static const WindowRules table{
      {"Conv", {conv, 3}},
      {"MaxPool", {max_pool, 1}},
      {"AveragePool", {average_pool, 1}},
      {"GlobalAveragePool", {global_pool, 1}},
      {"GlobalMaxPool", {global_pool, 1}},
      {"Upsample", {blocked_upsample, 1}},
      {"ReorderInput", {reorder_input, 1}},
      {"ReorderOutput", {reorder_output, 1}},
  };
  return table;
}

const WindowRules& contrib_table() {
  static const WindowRules table{
      {"FusedConv", {conv, 3}},
      {"NhwcConv", {nhwc_conv, 3}},
      {"NhwcFusedConv", {nhwc_conv, 3}},
      {"NhwcMaxPool", {nhwc_max_pool, 1}},
      {"MaxpoolWithMask", {max_pool, 1}},
      {"QLinearConv", {quantised_conv, 9}},
      {"QLinearAveragePool", {quantised_average_pool, 1}},
      {"QLinearGlobalAveragePool", {quantised_global_pool, 1}},
      {"ConvTransposeWithDynamicPads", {conv_transpose, 3}},
      {"CropAndResize", {crop_and_resize, 3}},
  };
  return table;
}

const WindowRules& channels_last_table() {
  static const WindowRules table{
      {"Conv", {nhwc_conv, 3}},
      {"FusedConv", {nhwc_conv, 3}},
      {"QLinearConv", {quantised_conv, 9}},
      {"MaxPool", {nhwc_max_pool, 1}},
      {"AveragePool", {nhwc_average_pool, 1}},
      {"GlobalAveragePool", {nhwc_global_pool, 1}},
      {"GlobalMaxPool", {nhwc_global_pool, 1}},
  };
  return table;
}

}  // namespace

const RuleEntry* window_rule(std::string_view domain, std::string_view op_type) {
  const WindowRules* table = domain == "com.microsoft"          ? &contrib_table()
                             : domain == "com.microsoft.nchwc"  ? &blocked_table()
                             : domain == "com.ms.internal.nhwc" ? &channels_last_table()
                                                                : nullptr;
  if (table == nullptr) return nullptr;
  const auto it = table->find(op_type);
  return it == table->end() ? nullptr : &it->second;
}

}  // namespace costscan
