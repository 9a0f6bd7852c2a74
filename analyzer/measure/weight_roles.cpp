#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <set>
#include <string_view>
#include <unordered_set>

#include "measure/quantized_bias.hpp"
#include "measure/roles.hpp"

namespace costscan {
namespace {

/// What an operand does in the op that finally reads it.
enum class Role {
  matrix,      ///< multiplied and summed over: variance 1 / fan-in
  bias,        ///< added
  scale,       ///< multiplied with, divided by, exponent: about 1, positive
  variance,    ///< a variance: positive
  table,       ///< looked up: embeddings, rotary tables
  packed,      ///< quantised weights: every bit pattern
  step,        ///< quantisation scale: small, positive, so that step times packed weights are fan-in scaled
  zero_point,  ///< the middle of the quantised range
};

struct Slot {
  std::string_view op_type;
  std::int32_t slot;
  Role role;
};

// One line per operand; ops that are not listed are handled by `role_in_other_op`. The recurrent, quantised and
// contributed ops' slots are those of the operator documents of ONNX and of ONNX Runtime (ContribOperators.md).
constexpr Slot operand_slots[] = {
    {"MatMul", 0, Role::matrix},
    {"MatMul", 1, Role::matrix},
    {"FusedMatMul", 0, Role::matrix},
    {"FusedMatMul", 1, Role::matrix},
    {"Gemm", 0, Role::matrix},
    {"Gemm", 1, Role::matrix},
    {"Gemm", 2, Role::bias},
    {"FusedGemm", 0, Role::matrix},
    {"FusedGemm", 1, Role::matrix},
    {"FusedGemm", 2, Role::bias},
    {"Conv", 1, Role::matrix},
    {"Conv", 2, Role::bias},
    {"FusedConv", 1, Role::matrix},
    {"FusedConv", 2, Role::bias},
    {"ConvTranspose", 1, Role::matrix},
    {"ConvTranspose", 2, Role::bias},
    {"Einsum", 0, Role::matrix},
    {"Einsum", 1, Role::matrix},
    {"LSTM", 1, Role::matrix},
    {"LSTM", 2, Role::matrix},
    {"LSTM", 3, Role::bias},
    {"LSTM", 7, Role::bias},
    {"GRU", 1, Role::matrix},
    {"GRU", 2, Role::matrix},
    {"GRU", 3, Role::bias},
    {"RNN", 1, Role::matrix},
    {"RNN", 2, Role::matrix},
    {"RNN", 3, Role::bias},
    {"Attention", 1, Role::matrix},
    {"Attention", 2, Role::bias},
    {"MultiHeadAttention", 3, Role::bias},
    {"GroupQueryAttention", 7, Role::table},
    {"GroupQueryAttention", 8, Role::table},
    {"RotaryEmbedding", 2, Role::table},
    {"RotaryEmbedding", 3, Role::table},
    {"MoE", 2, Role::matrix},
    {"MoE", 4, Role::matrix},
    {"MoE", 3, Role::bias},
    {"MoE", 5, Role::bias},
    {"BatchNormalization", 1, Role::scale},
    {"BatchNormalization", 2, Role::bias},
    {"BatchNormalization", 3, Role::bias},
    {"BatchNormalization", 4, Role::variance},
    {"LayerNormalization", 1, Role::scale},
    {"LayerNormalization", 2, Role::bias},
    {"RMSNormalization", 1, Role::scale},
    {"SimplifiedLayerNormalization", 1, Role::scale},
    {"InstanceNormalization", 1, Role::scale},
    {"InstanceNormalization", 2, Role::bias},
    {"GroupNormalization", 1, Role::scale},
    {"GroupNormalization", 2, Role::bias},
    {"GroupNorm", 1, Role::scale},
    {"GroupNorm", 2, Role::bias},
    {"SkipLayerNormalization", 1, Role::bias},
    {"SkipLayerNormalization", 2, Role::scale},
    {"SkipLayerNormalization", 3, Role::bias},
    {"SkipLayerNormalization", 4, Role::bias},
    {"SkipSimplifiedLayerNormalization", 1, Role::bias},
    {"SkipSimplifiedLayerNormalization", 2, Role::scale},
    {"SkipSimplifiedLayerNormalization", 3, Role::bias},
    {"EmbedLayerNormalization", 2, Role::table},
    {"EmbedLayerNormalization", 3, Role::table},
    {"EmbedLayerNormalization", 4, Role::table},
    {"EmbedLayerNormalization", 5, Role::scale},
    {"EmbedLayerNormalization", 6, Role::bias},
    {"BiasGelu", 1, Role::bias},
    {"FastGelu", 1, Role::bias},
    {"BiasAdd", 1, Role::bias},
    {"BiasSplitGelu", 1, Role::bias},
    {"PRelu", 1, Role::scale},
    {"Gather", 0, Role::table},
    {"GatherElements", 0, Role::table},
    {"GatherND", 0, Role::table},
    {"Add", 0, Role::bias},
    {"Add", 1, Role::bias},
    {"Sub", 0, Role::bias},
    {"Sub", 1, Role::bias},
    {"Sum", 0, Role::bias},
    {"Sum", 1, Role::bias},
    {"Mul", 0, Role::scale},
    {"Mul", 1, Role::scale},
    {"Div", 0, Role::scale},
    {"Div", 1, Role::scale},
    {"Pow", 0, Role::scale},
    {"Pow", 1, Role::scale},
    {"Sqrt", 0, Role::scale},
    {"Log", 0, Role::scale},
    {"Reciprocal", 0, Role::scale},
    {"Where", 1, Role::bias},
    {"Where", 2, Role::bias},
    {"QuantizeLinear", 1, Role::step},
    {"QuantizeLinear", 2, Role::zero_point},
    {"DequantizeLinear", 0, Role::packed},
    {"DequantizeLinear", 1, Role::step},
    {"DequantizeLinear", 2, Role::zero_point},
    {"MatMulInteger", 0, Role::packed},
    {"MatMulInteger", 1, Role::packed},
    {"MatMulInteger", 2, Role::zero_point},
    {"MatMulInteger", 3, Role::zero_point},
    {"MatMulIntegerToFloat", 1, Role::packed},
    {"MatMulIntegerToFloat", 2, Role::step},
    {"MatMulIntegerToFloat", 3, Role::step},
    {"MatMulIntegerToFloat", 4, Role::zero_point},
    {"MatMulIntegerToFloat", 5, Role::zero_point},
    {"MatMulIntegerToFloat", 6, Role::bias},
    {"DynamicQuantizeMatMul", 1, Role::packed},
    {"DynamicQuantizeMatMul", 2, Role::step},
    {"DynamicQuantizeMatMul", 3, Role::zero_point},
    {"DynamicQuantizeMatMul", 4, Role::bias},
    {"ConvInteger", 1, Role::packed},
    {"ConvInteger", 2, Role::zero_point},
    {"ConvInteger", 3, Role::zero_point},
    {"QLinearConv", 1, Role::step},
    {"QLinearConv", 2, Role::zero_point},
    {"QLinearConv", 3, Role::packed},
    {"QLinearConv", 4, Role::step},
    {"QLinearConv", 5, Role::zero_point},
    {"QLinearConv", 6, Role::step},
    {"QLinearConv", 7, Role::zero_point},
    {"QLinearConv", 8, Role::bias},
    {"QLinearMatMul", 1, Role::step},
    {"QLinearMatMul", 2, Role::zero_point},
    {"QLinearMatMul", 3, Role::packed},
    {"QLinearMatMul", 4, Role::step},
    {"QLinearMatMul", 5, Role::zero_point},
    {"QLinearMatMul", 6, Role::step},
    {"QLinearMatMul", 7, Role::zero_point},
    {"QGemm", 1, Role::step},
    {"QGemm", 2, Role::zero_point},
    {"QGemm", 3, Role::packed},
    {"QGemm", 4, Role::step},
    {"QGemm", 5, Role::zero_point},
    {"QGemm", 6, Role::bias},
    {"QGemm", 7, Role::step},
    {"QGemm", 8, Role::zero_point},
    {"QAttention", 1, Role::packed},
    {"QAttention", 2, Role::bias},
    {"QAttention", 3, Role::step},
    {"QAttention", 4, Role::step},
    {"QAttention", 6, Role::zero_point},
    {"QAttention", 7, Role::zero_point},
    {"DynamicQuantizeLSTM", 1, Role::packed},
    {"DynamicQuantizeLSTM", 2, Role::packed},
    {"DynamicQuantizeLSTM", 3, Role::bias},
    {"DynamicQuantizeLSTM", 8, Role::step},
    {"DynamicQuantizeLSTM", 9, Role::zero_point},
    {"DynamicQuantizeLSTM", 10, Role::step},
    {"DynamicQuantizeLSTM", 11, Role::zero_point},
    {"MatMulNBits", 1, Role::packed},
    {"MatMulNBits", 2, Role::step},
    {"MatMulNBits", 3, Role::zero_point},
    {"MatMulNBits", 5, Role::bias},
    {"GatherBlockQuantized", 0, Role::packed},
    {"GatherBlockQuantized", 2, Role::step},
    {"GatherBlockQuantized", 3, Role::zero_point},
};

constexpr std::string_view transparent_ops[] = {"Transpose", "Reshape", "Cast",    "Identity", "Squeeze",
                                                "Unsqueeze", "Flatten", "Slice",   "Expand",   "Concat",
                                                "Split",     "Tile",    "CastLike"};

bool passes_contents_on(const Use& use, const Node& node) {
  const bool every_slot = node.op_type == "Concat";
  return node.domain.empty() && (use.slot == 0 || every_slot) &&
         std::ranges::find(transparent_ops, node.op_type) != std::end(transparent_ops);
}

std::optional<Role> role_of(const Use& use, const Node& node) {
  for (const Slot& entry : operand_slots) {
    if (entry.slot == use.slot && is_runtime_op(node, entry.op_type)) return entry.role;
  }
  return std::nullopt;
}

/// Length of the sum that a matrix operand goes into; 0 where the shape is unknown.
double fan_in(const UseIndex& uses, const Use& use) {
  const Node& node = uses.node(use);
  const Shape* shape = uses.input_shape(use, static_cast<std::size_t>(use.slot));
  if (shape == nullptr || shape->empty()) return 0;
  const auto product = [&](std::size_t first) {
    double out = 1;
    for (std::size_t i = first; i < shape->size(); ++i) out *= static_cast<double>((*shape)[i]);
    return out;
  };
  const std::size_t rank = shape->size();
  const auto row = static_cast<double>((*shape)[rank == 1 ? 0 : rank - 2]);
  const auto column = static_cast<double>(shape->back());
  if (node.op_type.ends_with("Conv") || node.op_type == "ConvInteger") return product(1);
  if (node.op_type == "ConvTranspose") return static_cast<double>(shape->front()) * product(2);
  if (node.op_type.ends_with("Gemm")) {
    const bool transposed = int_attribute(node, use.slot == 0 ? "transA" : "transB").value_or(0) != 0;
    return (use.slot == 0) == transposed ? row : column;
  }
  if (node.op_type == "LSTM" || node.op_type == "GRU" || node.op_type == "RNN") return column;
  if (node.op_type == "MatMulNBits") return static_cast<double>(int_attribute(node, "K").value_or(0));
  return use.slot == 0 ? column : row;
}

/// The fan-in of the quantised weights that `use` (a quantisation step) belongs to.
double fan_in_of_quantized(const UseIndex& uses, const Use& step) {
  const Node& node = uses.node(step);
  if (node.op_type == "MatMulNBits") return static_cast<double>(int_attribute(node, "K").value_or(0));
  for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
    const Use weights{step.scope, step.node, static_cast<std::int32_t>(slot)};
    if (role_of(weights, node) != Role::packed) continue;
    if (node.op_type != "DequantizeLinear") return fan_in(uses, weights);
    // The op that reads the dequantised weights knows over which axes it sums.
    const ScopedValue output{step.scope, node.outputs.empty() ? no_value : node.outputs[0]};
    if (output.value == no_value) return 0;
    for (const Use& reader : uses.reached(output, passes_contents_on)) {
      if (role_of(reader, uses.node(reader)) == Role::matrix) return fan_in(uses, reader);
    }
  }
  return 0;
}

bool from_integer_product(const UseIndex& uses, ScopedValue value) {
  const Graph& graph = *uses.shaped().scopes[static_cast<std::size_t>(value.scope)].graph;
  for (int hops = 0; hops < 4 && value.value != no_value; ++hops) {
    const std::int32_t producer = graph.values[static_cast<std::size_t>(value.value)].producer;
    if (producer < 0) return false;
    const Node& node = graph.nodes[static_cast<std::size_t>(producer)];
    if (node.op_type == "MatMulInteger" || node.op_type == "ConvInteger") return true;
    if (node.op_type != "Cast" || node.inputs.empty()) return false;
    value.value = node.inputs[0];
  }
  return false;
}

/// Dynamic quantisation multiplies the integer product by (activation step × weight step): is `use` that factor, or one
/// of the two that make it? Then it is a quantisation step although its op is a plain Mul.
bool rescales_integer_product(const UseIndex& uses, const Use& use) {
  const Node& node = uses.node(use);
  if (!is_runtime_op(node, "Mul") || node.outputs.empty() || node.outputs[0] == no_value) return false;
  const auto other_side = [&](const Use& mul) { return uses.input(mul, mul.slot == 0 ? 1 : 0); };
  if (from_integer_product(uses, other_side(use))) return true;
  return std::ranges::any_of(uses.direct({use.scope, node.outputs[0]}), [&](const Use& next) {
    return is_runtime_op(uses.node(next), "Mul") && from_integer_product(uses, other_side(next));
  });
}

Fill uniform_of_deviation(double deviation) {
  const double half_width = std::sqrt(3.0) * deviation;  // of a uniform distribution
  return {FillKind::uniform, -half_width, half_width};
}

/// A quantisation step such that the weights that it scales have a variance of 1 / fan-in.
double step_size(const UseIndex& uses, const Use& step) {
  // Uniform 4-bit patterns deviate by 4.6 steps, 8-bit ones by 74.
  const double deviation = uses.node(step).op_type == "MatMulNBits" ? 4.6 : 74;
  return 1 / (deviation * std::sqrt(std::max(fan_in_of_quantized(uses, step), 64.0)));
}

/// Of weights beside a quantised bias all channels have one step, and the bias has that times the input's.
Fill step_fill(const UseIndex& uses, const Use& step) {
  const double size = step_size(uses, step);
  const Fill usual{FillKind::uniform, 0.8 * size, 1.2 * size};
  const auto operands = quantized_operands(uses, step);
  if (!operands) return usual;
  if (is_same_use(step, operands->weights)) return {FillKind::constant, size, 0};
  const auto input = known_step(uses, operands->input);
  if (!input || !is_same_use(step, operands->bias)) return usual;
  const auto weights = known_step(uses, operands->weights);
  return {FillKind::constant, *input * weights.value_or(static_cast<float>(step_size(uses, operands->weights))), 0};
}

Fill float_fill(const UseIndex& uses, const Use& use, Role role) {
  switch (role) {
    case Role::matrix: return uniform_of_deviation(1 / std::sqrt(std::max(fan_in(uses, use), 1.0)));
    case Role::bias: return {FillKind::uniform, -0.05, 0.05};
    case Role::scale: return {FillKind::uniform, 0.8, 1.2};
    case Role::variance: return {FillKind::uniform, 0.6, 1.4};
    case Role::table: return {FillKind::uniform, -1, 1};
    case Role::step: return step_fill(uses, use);
    case Role::packed:
    case Role::zero_point: break;
  }
  return {FillKind::uniform, -0.05, 0.05};
}

Fill zero_point_fill(const Node& node, DType dtype) {
  // MatMulNBits packs two 4-bit zero points into a byte.
  if (node.op_type == "MatMulNBits" && dtype == DType::uint8) return {FillKind::constant, 0x88, 0};
  if (dtype == DType::uint8) return {FillKind::constant, 128, 0};
  if (dtype == DType::uint4) return {FillKind::constant, 8, 0};
  return {FillKind::constant, 0, 0};
}

bool quantized_type(DType dtype) {
  return dtype != DType::int64 && dtype != DType::int32 && dtype != DType::uint32 && dtype != DType::uint64;
}

}  // namespace

Fill weight_fill(const UseIndex& uses, ScopedValue value, DType dtype) {
  if (dtype == DType::boolean) return {FillKind::constant, 1, 0};
  const std::vector<Use> reached = uses.reached(value, passes_contents_on);
  for (const Use& use : reached) {
    const Node& node = uses.node(use);
    std::optional<Role> role = role_of(use, node);
    if (!role) continue;
    if (*role == Role::scale && rescales_integer_product(uses, use)) role = Role::step;
    if (is_floating(dtype)) return float_fill(uses, use, *role);
    if (*role == Role::zero_point) return zero_point_fill(node, dtype);
    if (*role == Role::bias && !quantized_type(dtype))
      return {FillKind::integers, -100, 100};  // of a quantised product
    if (quantized_type(dtype)) return {FillKind::bits, 0, 0};
    if (*role == Role::packed) return {FillKind::integers, -100, 100};  // a quantised bias behind DequantizeLinear
  }
  if (is_floating(dtype)) return {FillKind::uniform, -0.05, 0.05};
  if (const auto bound = index_bound(uses, value)) {
    return {FillKind::integers, 0, static_cast<double>(std::max<std::int64_t>(*bound - 1, 0))};
  }
  // Integers of unknown purpose may be lengths, axes or indices: zero is valid for the most of them.
  return {FillKind::constant, 0, 0};
}

namespace {

bool lacks_bytes(const Tensor& tensor) {
  if (const auto* external = std::get_if<ExternalBytes>(&tensor.storage)) {
    return external->state != ExternalBytes::State::present;
  }
  return std::holds_alternative<std::monostate>(tensor.storage);
}

}  // namespace

std::vector<WeightPlan> plan_weights(const UseIndex& uses) {
  std::vector<WeightPlan> plans;
  std::unordered_set<std::string> planned;
  for (std::size_t s = 0; s < uses.shaped().scopes.size(); ++s) {
    const Graph& graph = *uses.shaped().scopes[s].graph;
    for (std::size_t v = 0; v < graph.values.size(); ++v) {
      const Tensor* tensor = constant_tensor(graph, static_cast<ValueId>(v));
      if (tensor == nullptr || !lacks_bytes(*tensor)) continue;
      const std::string& name = graph.values[v].name;
      if (!planned.insert(name).second) continue;
      plans.push_back({name, weight_fill(uses, {static_cast<ScopeId>(s), static_cast<ValueId>(v)}, tensor->dtype)});
    }
  }
  return plans;
}

}  // namespace costscan
