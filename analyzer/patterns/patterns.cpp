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
  static const std::vector<Pattern> table{
      {"attention", "scores of Q and K, scale, mask, softmax, product with V; multi-head, grouped or multi-query; ops",
       find_attention},
      {"qkv", "the linear layers behind Q, K and V: a triple of one activation, one packed layer, or cross attention",
       find_qkv},
      {"layer_norm", "layer normalisation, as an operator or decomposed", find_layer_norm},
      {"rms_norm", "normalisation by the root mean square, as an operator or decomposed", find_rms_norm},
      {"gelu", "GELU: an operator, or its erf or tanh form", find_gelu},
      {"silu", "SiLU (Swish): an operator, or x times Sigmoid(x)", find_silu},
      {"quick_gelu", "x times Sigmoid(a x) with a factor other than 1", find_quick_gelu},
      {"conv_bn", "convolution, batch normalisation, and the activation behind them", find_conv_bn},
  };
  return table;
}

const Pattern* find_pattern(std::string_view name) noexcept {
  const auto found = std::ranges::find(patterns(), name, &Pattern::name);
  return found == patterns().end() ? nullptr : &*found;
}

}  // namespace costscan
