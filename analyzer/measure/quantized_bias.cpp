#include "measure/quantized_bias.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace costscan {
namespace {

constexpr std::size_t biased_operands = 3;  // input, weights, bias
constexpr std::int32_t step_slot = 1;

bool sums_with_bias(const Node& node) {
  constexpr std::array<std::string_view, 3> ops = {"Conv", "ConvTranspose", "Gemm"};
  return node.domain.empty() && node.inputs.size() == biased_operands &&
         std::ranges::find(ops, node.op_type) != ops.end();
}

/// The step of the DequantizeLinear that makes this value.
std::optional<Use> step_of(const Graph& graph, ScopedValue value) {
  if (value.value == no_value) return std::nullopt;
  const std::int32_t producer = graph.values[static_cast<std::size_t>(value.value)].producer;
  if (producer < 0 || !is_runtime_op(graph.nodes[static_cast<std::size_t>(producer)], "DequantizeLinear"))
    return std::nullopt;
  return Use{value.scope, producer, step_slot};
}

bool dequantizes_32_bits(const UseIndex& uses, const Use& step) {
  const ScopedValue quantized = uses.input(step, 0);
  if (quantized.value == no_value) return false;
  const Scope& scope = uses.shaped().scopes[static_cast<std::size_t>(quantized.scope)];
  return scope.tensors[static_cast<std::size_t>(quantized.value)].dtype == DType::int32;
}

}  // namespace

std::optional<QuantizedOperands> quantized_operands(const UseIndex& uses, const Use& step) {
  const Node& dequantize = uses.node(step);
  if (step.slot != step_slot || !is_runtime_op(dequantize, "DequantizeLinear")) return std::nullopt;
  if (dequantize.outputs.empty() || dequantize.outputs.front() == no_value) return std::nullopt;
  const Graph& graph = *uses.shaped().scopes[static_cast<std::size_t>(step.scope)].graph;
  for (const Use& use : uses.direct({step.scope, dequantize.outputs.front()})) {
    if (use.scope != step.scope || use.slot < 1 || !sums_with_bias(uses.node(use))) continue;
    const auto input = step_of(graph, uses.input(use, 0));
    const auto weights = step_of(graph, uses.input(use, 1));
    const auto bias = step_of(graph, uses.input(use, 2));
    if (input && weights && bias && dequantizes_32_bits(uses, *bias)) return QuantizedOperands{*input, *weights, *bias};
  }
  return std::nullopt;
}

std::optional<float> known_step(const UseIndex& uses, const Use& step) {
  const ScopedValue value = uses.input(step, step_slot);
  if (value.value == no_value) return std::nullopt;
  const Tensor* tensor =
      constant_tensor(*uses.shaped().scopes[static_cast<std::size_t>(value.scope)].graph, value.value);
  if (tensor == nullptr) return std::nullopt;
  const auto steps = floating_elements(*tensor);
  if (!steps || steps->empty()) return std::nullopt;
  const bool same = std::ranges::all_of(*steps, [&](double one) { return one == steps->front(); });
  return same ? std::optional(static_cast<float>(steps->front())) : std::nullopt;
}

}  // namespace costscan
