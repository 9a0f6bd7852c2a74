#include "predict/feature_node.hpp"

#include <algorithm>
#include <utility>

namespace costscan {
namespace {

const FeatureOperand absent_operand;

/// Sequences, optionals and omitted operands come out absent; false where a tensor's shape is unknown.
bool read_operand(const Scope& scope, ValueId id, FeatureOperand& operand) {
  if (id == no_value) return true;
  const TensorInfo& info = scope.tensors[static_cast<std::size_t>(id)];
  if (info.kind != TypeKind::tensor && info.kind != TypeKind::unknown) return true;
  if (!info.shape) return false;
  operand.present = true;
  operand.constant = info.constant;
  operand.dtype = info.dtype;
  operand.shape = *info.shape;
  operand.elements = product(operand.shape);
  operand.bytes = operand.elements * element_bytes(info.dtype);
  operand.value = info.value && !info.value_is_bound ? info.value.get() : nullptr;
  return true;
}

bool comes_blocked(const Scope& scope, const Node& node) {
  if (node.inputs.empty() || node.inputs.front() == no_value) return false;
  const std::int32_t producer = scope.graph->values[static_cast<std::size_t>(node.inputs.front())].producer;
  return producer >= 0 && scope.graph->nodes[static_cast<std::size_t>(producer)].domain == nchwc_domain;
}

}  // namespace

const FeatureOperand& FeatureNode::in(std::size_t i) const noexcept {
  return i < inputs.size() ? inputs[i] : absent_operand;
}

const FeatureOperand& FeatureNode::out(std::size_t i) const noexcept {
  return i < outputs.size() ? outputs[i] : absent_operand;
}

std::int64_t FeatureNode::attribute(std::string_view name, std::int64_t otherwise) const noexcept {
  return int_attribute(*node, name).value_or(otherwise);
}

std::size_t FeatureNode::axis(std::int64_t otherwise, std::size_t rank) const noexcept {
  const std::int64_t axis = attribute("axis", otherwise);
  const auto dims = static_cast<std::int64_t>(rank);
  return static_cast<std::size_t>(std::clamp<std::int64_t>(axis < 0 ? axis + dims : axis, 0, dims));
}

std::optional<FeatureNode> feature_node(const Scope& scope, std::size_t node) {
  FeatureNode found;
  found.node = &scope.graph->nodes[node];
  found.opset = opset_version(scope.opset_imports, found.node->domain).value_or(0);
  found.blocked_input = comes_blocked(scope, *found.node);
  found.inputs.resize(found.node->inputs.size());
  found.outputs.resize(found.node->outputs.size());
  for (std::size_t i = 0; i < found.inputs.size(); ++i) {
    if (!read_operand(scope, found.node->inputs[i], found.inputs[i])) return std::nullopt;
  }
  for (std::size_t i = 0; i < found.outputs.size(); ++i) {
    if (!read_operand(scope, found.node->outputs[i], found.outputs[i])) return std::nullopt;
  }
  return found;
}

double product(const Shape& dims, std::size_t first, std::size_t last) noexcept {
  double result = 1;
  for (std::size_t i = first; i < std::min(last, dims.size()); ++i) result *= static_cast<double>(dims[i]);
  return result;
}

double element_bytes(DType dtype) noexcept { return bits_per_element(dtype) / 8.0; }

std::string type_suffix(DType dtype, DType usual) {
  return dtype == usual || dtype == DType::undefined ? std::string() : ":" + std::string(to_string(dtype));
}

RateFeatures basic_features(const FeatureNode& node) {
  RateFeatures features;
  for (const FeatureOperand& input : node.inputs)
    (input.constant ? features.weight_bytes : features.bytes_in) += input.bytes;
  for (const FeatureOperand& output : node.outputs) features.bytes_out += output.bytes;
  features.out_elements = node.out(0).elements;
  return features;
}

RateFeatures streaming_features(const FeatureNode& node, std::string rate_class, std::vector<double> coords) {
  RateFeatures features = basic_features(node);
  features.rate_class = std::move(rate_class);
  features.coords = std::move(coords);
  features.unit = WorkUnit::bytes;
  features.work = features.bytes_in + features.bytes_out + features.weight_bytes;
  return features;
}

}  // namespace costscan
