// The table of detectors: one line each.
#include <algorithm>
#include <array>

#include "patterns/detectors.hpp"

namespace costscan {

ValueId PatternMatch::tensor(std::string_view role) const noexcept {
  const auto found = std::ranges::find(tensors, role, &std::pair<std::string_view, ValueId>::first);
  return found == tensors.end() ? no_value : found->second;
}

std::optional<double> PatternMatch::number(std::string_view name) const noexcept {
  const auto found = std::ranges::find(numbers, name, &std::pair<std::string_view, double>::first);
  return found == numbers.end() ? std::nullopt : std::optional(found->second);
}

std::span<const Pattern> patterns() noexcept {
  static constexpr Pattern table[]{
      {"attention",
       "scores of Q and K, scale, mask, softmax, product with V, by MatMul or Einsum; multi-head, grouped or "
       "multi-query; ops",
       find_attention},
      {"qkv", "the linear layers behind Q, K and V: a triple of one activation, one packed layer, or cross attention",
       find_qkv},
      {"layer_norm", "layer normalisation, as an operator or decomposed", find_layer_norm},
      {"rms_norm", "normalisation by the root mean square, as an operator or decomposed", find_rms_norm},
      {"gelu", "GELU: an operator, or its erf or tanh form", find_gelu},
      {"silu", "SiLU (Swish): an operator, x times Sigmoid(x), or x over 1 + exp(-x)", find_silu},
      {"quick_gelu", "x times Sigmoid(a x) with a factor other than 1", find_quick_gelu},
      {"conv_bn", "convolution, batch normalisation or its scale and shift, and the activation behind them",
       find_conv_bn},
      {"rope", "rotary position embedding: rotated halves or neighbours, or the op", find_rope},
      {"swiglu", "a SiLU-gated linear unit: two linear layers of one input, or two halves of one", find_swiglu},
      {"geglu", "a GELU-gated linear unit: two linear layers of one input, or two halves of one", find_geglu},
      {"hard_swish", "HardSwish: the op, or x times its gate: HardSigmoid, relu6(x + 3) over 6, a Clip",
       find_hard_swish},
      {"mish", "Mish: the op, or x times tanh of softplus", find_mish},
      {"group_norm", "group normalisation: the op, or a norm between two Reshapes", find_group_norm},
      {"conv_activation", "a convolution, batch-normalised or not, whose only reader is an activation",
       find_conv_activation},
      {"squeeze_excite", "x times a gate that layers make of a pool of x", find_squeeze_excite},
      {"inverted_residual", "pointwise, depthwise, pointwise convolution, wide in the middle", find_inverted_residual},
      {"patch_embedding", "patches that do not overlap made tokens, by a convolution or a linear layer",
       find_patch_embedding},
      {"moe_routing", "a router's scores of experts and the choice of the best; the op", find_moe_routing},
      {"kv_cache_append", "a cache that comes in, grows or is written into, and goes out", find_kv_cache_append},
      {"qdq_islands", "floating-point nodes between DequantizeLinear and QuantizeLinear", find_qdq_islands},
  };
  return table;
}

const Pattern* find_pattern(std::string_view name) noexcept {
  const auto found = std::ranges::find(patterns(), name, &Pattern::name);
  return found == patterns().end() ? nullptr : &*found;
}

}  // namespace costscan
