#include "shapes/own_rules.hpp"

#include <algorithm>
#include <initializer_list>

namespace costscan {

namespace {

using Table = const RuleEntry* (*)(std::string_view);

const RuleEntry* first_of(std::initializer_list<Table> tables, std::string_view op_type) {
  for (const Table table : tables) {
    if (const RuleEntry* entry = table(op_type)) return entry;
  }
  return nullptr;
}

}  // namespace

const RuleEntry* own_rule(std::string_view domain, std::string_view op_type, std::int64_t version) {
  if (domain.empty()) {
    if (const RuleEntry* entry = old_rule(op_type, version)) return entry;
  }
  if (domain.empty() || domain == "ai.onnx.preview") {
    return first_of({standard_rule, sequence_rule, text_rule, withdrawn_rule}, op_type);
  }
  if (domain == "ai.onnx.ml") return ml_rule(op_type);
  if (domain == "ai.onnx.preview.training") return training_rule(op_type);
  if (const RuleEntry* entry = window_rule(domain, op_type)) return entry;
  if (domain != "com.microsoft") return nullptr;
  return first_of({contrib_rule, attention_rule, routing_rule, accelerator_rule, text_rule}, op_type);
}

TensorInfo tensor_of(DType dtype, Shape shape) {
  TensorInfo out;
  out.kind = TypeKind::tensor;
  out.dtype = dtype;
  out.shape = std::move(shape);
  return out;
}

TensorInfo bounded_tensor(DType dtype, Shape shape) {
  TensorInfo out = tensor_of(dtype, std::move(shape));
  out.data_dependent = true;
  return out;
}

DType dtype_of(const NodeInputs& node, std::size_t operand) noexcept {
  const TensorInfo* info = node.input(operand);
  return info != nullptr ? info->dtype : DType::undefined;
}

const Shape& shape_of_operand(const NodeInputs& node, std::size_t operand) noexcept {
  static const Shape none;
  const TensorInfo* info = node.input(operand);
  return info != nullptr && info->shape ? *info->shape : none;
}

RuleResult same_as_first(const NodeInputs& node, SchemaInference&) {
  return Types{tensor_of(dtype_of(node, 0), shape_of_operand(node, 0))};
}

RuleResult all_same_as_first(const NodeInputs& node, SchemaInference&) {
  return Types(node.node.outputs.size(), tensor_of(dtype_of(node, 0), shape_of_operand(node, 0)));
}

std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
  Shape out(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t left = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t right = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (left != right && left != 1 && right != 1) return std::nullopt;
    out[out.size() - 1 - i] = left == 1 ? right : left;
  }
  return out;
}

RuleResult as_standard(const NodeInputs& node, SchemaInference& schemas, std::string_view op_type,
                       const std::vector<const TensorInfo*>& operands, std::int64_t version) {
  Node standard = node.node;
  standard.op_type = std::string(op_type);
  standard.domain.clear();
  SchemaResult result = schemas.infer({standard, version, operands});
  if (!result.error.empty()) return tl::unexpected(std::move(result.error));
  Types out;
  for (InferredOutput& output : result.outputs) out.push_back(std::move(output.info));
  return out;
}

}  // namespace costscan
