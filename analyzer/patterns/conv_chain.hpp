// What stands behind a convolution: batch normalisation and activation; and the way back up to the next convolution.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "patterns/graph_view.hpp"
#include "patterns/written_activations.hpp"

namespace costscan {

/// The sole reader of a value in the canonical graph; nullopt where there are more, or where it leaves the graph.
[[nodiscard]] std::optional<ValueUse> only_use(const GraphView& view, ValueId value);

/// Relu, Clip, Sigmoid, ...: an op of one activation operand. Empty for other nodes, else its name in lower case.
[[nodiscard]] std::string_view activation_kind(const Node& node) noexcept;

/// Conv [+BN] and the activation that alone reads it.
struct ActivatedConv {
  std::int32_t conv = -1;
  std::int32_t batch_norm = -1;
  std::vector<std::int32_t> activation;  ///< one node, or those that it is written out in
  std::string_view kind;                 ///< "relu", "silu", "gelu", ...; empty where there is none
  bool decomposed = false;               ///< several nodes
  ValueId y = no_value;
};
[[nodiscard]] ActivatedConv activated_conv(const GraphView& view, const WrittenActivations& written, std::int32_t conv);

/// Squeeze and excite: x times a gate that a pool of x decides.
struct SqueezeExcite {
  std::int32_t mul = -1;
  std::int32_t pool = -1;
  ValueId x = no_value;
  std::vector<std::int32_t> nodes;  ///< pool, layers, gate, Mul
};
[[nodiscard]] std::optional<SqueezeExcite> squeeze_excite_at(const GraphView& view, const WrittenActivations& written,
                                                             std::int32_t mul);

/// Upwards through batch normalisation, activations and squeeze-excite to a Conv; -1 where another op is met. `between`
/// gets the nodes passed.
[[nodiscard]] std::int32_t conv_above(const GraphView& view, const WrittenActivations& written, ValueId value,
                                      std::vector<std::int32_t>& between);

}  // namespace costscan
