#include "shapes/weight_dims.hpp"

#include <fmt/format.h>

#include "model/checked_math.hpp"

namespace costscan {
namespace {

/// Which axis of the weight (operand 1) equals which axis of the data (operand 0).
struct WeightRule {
  std::string_view op_type;
  int data_axis;    ///< negative: from the end
  int weight_axis;  ///< negative: from the end
};

constexpr WeightRule rules[] = {
    {"Conv", 1, 1},
    {"ConvTranspose", 1, 0},
    {"BatchNormalization", 1, 0},
    {"InstanceNormalization", 1, 0},
    {"MatMul", -1, -2},
    {"LayerNormalization", -1, -1},
    {"RMSNormalization", -1, -1},
    {"LSTM", 2, 2},
    {"GRU", 2, 2},
    {"RNN", 2, 2},
};

std::optional<std::int64_t> dim_at(const Shape& dims, int axis) {
  const int rank = static_cast<int>(dims.size());
  const int index = axis < 0 ? rank + axis : axis;
  return index >= 0 && index < rank ? std::optional(dims[static_cast<std::size_t>(index)]) : std::nullopt;
}

std::optional<std::int64_t> dim_from(const Graph& graph, const Node& node, std::size_t axis, std::size_t rank) {
  const Tensor* weight = constant_tensor(graph, node.inputs[1]);
  if (weight == nullptr) return std::nullopt;
  if (node.op_type == "Gemm") {
    const bool transposed_data = int_attribute(node, "transA").value_or(0) != 0;
    if (axis != (transposed_data ? 0U : 1U)) return std::nullopt;
    return dim_at(weight->dims, int_attribute(node, "transB").value_or(0) != 0 ? 1 : 0);
  }
  for (const WeightRule& rule : rules) {
    if (rule.op_type != node.op_type) continue;
    const std::size_t data_axis = rule.data_axis < 0 ? rank - 1 : static_cast<std::size_t>(rule.data_axis);
    if (axis != data_axis) return std::nullopt;
    auto dim = dim_at(weight->dims, rule.weight_axis);
    return dim && node.op_type == "Conv" ? checked_mul(*dim, int_attribute(node, "group").value_or(1)) : dim;
  }
  return std::nullopt;
}

}  // namespace

std::optional<WeightDim> dim_of_weights(const Graph& graph, ValueId input, std::size_t axis, std::size_t rank) {
  for (const Node& node : graph.nodes) {
    if (node.inputs.size() < 2 || node.inputs[0] != input || node.inputs[1] == no_value || !node.domain.empty()) {
      continue;
    }
    const auto dim = dim_from(graph, node, axis, rank);
    if (dim && *dim > 0 && *dim < (std::int64_t{1} << 31))
      return WeightDim{*dim, fmt::format("{} reads {} there", describe_node(node), *dim)};
  }
  return std::nullopt;
}

}  // namespace costscan
