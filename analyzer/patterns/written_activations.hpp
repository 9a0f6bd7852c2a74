// Activations that are written out in several nodes, by what they take and by what they give.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "patterns/graph_view.hpp"

namespace costscan {

/// One that a detector of activations found, operators of their own apart.
struct WrittenActivation {
  std::string_view kind;  ///< "gelu", "silu", "silu_exp" (by 1 + exp(-x)), "quick_gelu", "hard_swish", "mish"
  ValueId x = no_value;
  ValueId y = no_value;
  std::vector<std::int32_t> nodes;
};

/// Made once for a graph, by the detectors: asking for the activation behind a value takes no search.
class WrittenActivations {
 public:
  explicit WrittenActivations(const GraphView& view);

  /// The activation whose nodes alone read `x`; nullptr where there is none.
  [[nodiscard]] const WrittenActivation* behind(ValueId x) const;
  /// The activation that makes `y`; nullptr where there is none.
  [[nodiscard]] const WrittenActivation* making(ValueId y) const;

 private:
  const GraphView& view_;
  std::vector<WrittenActivation> all_;
  std::unordered_map<ValueId, std::size_t> by_x_;
  std::unordered_map<ValueId, std::size_t> by_y_;
};

}  // namespace costscan
