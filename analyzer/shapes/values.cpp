#include "shapes/values.hpp"

#include <string_view>
#include <unordered_map>

#include "shapes/elements.hpp"
#include "shapes/value_rules.hpp"

namespace costscan {

KnownPtr known_value(const Tensor& tensor) {
  const std::int64_t count = element_count(tensor);
  if (count > (holds_ints(tensor.dtype) ? max_known_elements : max_known_floats)) return nullptr;
  auto out = std::make_shared<KnownValue>();
  out->dtype = tensor.dtype;
  out->dims = tensor.dims;
  if (holds_ints(tensor.dtype)) {
    auto ints = integer_elements(tensor);
    if (!ints) return nullptr;
    out->ints = std::move(*ints);
  } else if (is_floating(tensor.dtype)) {
    auto floats = floating_elements(tensor);
    if (!floats) return nullptr;
    out->floats = std::move(*floats);
  } else if (const auto* strings = std::get_if<std::vector<std::string>>(&tensor.storage)) {
    if (static_cast<std::int64_t>(strings->size()) != count) return nullptr;
    out->strings = *strings;
  } else {
    return nullptr;
  }
  return out;
}

KnownPtr known_ints(DType dtype, Shape dims, std::vector<std::int64_t> values) {
  auto out = std::make_shared<KnownValue>();
  out->dtype = dtype;
  out->dims = std::move(dims);
  out->ints = std::move(values);
  return out;
}

std::optional<std::int64_t> scalar_int(const KnownValue* contents) noexcept {
  if (contents == nullptr || contents->ints.size() != 1) return std::nullopt;
  return contents->ints[0];
}

void propagate_values(const NodeInputs& node, std::span<TensorInfo> outputs) {
  const ValueRule rule = value_rule(node.node.op_type);
  if (rule == nullptr || !node.node.domain.empty() || outputs.empty()) return;
  for (const TensorInfo& output : outputs) {
    if (output.kind == TypeKind::tensor && output.shape && count_of(*output.shape) > max_known_elements) return;
  }
  rule(node, outputs);
  bool bound = false;
  for (const TensorInfo* input : node.inputs) {
    bound = bound || (input != nullptr && (input->data_dependent || input->value_is_bound));
  }
  for (TensorInfo& output : outputs) {
    // A rule that disagrees with the inferred shape has met a case it does not cover.
    if (output.value != nullptr && (!output.shape || count_of(*output.shape) != size_of(*output.value))) {
      output.value = nullptr;
    }
    output.value_is_bound = output.value != nullptr && bound;
  }
}

}  // namespace costscan
