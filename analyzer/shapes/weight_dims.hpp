// What the weights that read a graph input say about its free dimensions: channels of a Conv, features of a MatMul.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/graph.hpp"

namespace costscan {

struct WeightDim {
  std::int64_t value = 0;
  std::string reason;  ///< "node 0 'conv' (Conv) reads 3 channels"
};

/// The size that a direct reader of graph input `input` needs on `axis` (of `rank`), by the shape of its weights.
[[nodiscard]] std::optional<WeightDim> dim_of_weights(const Graph& graph, ValueId input, std::size_t axis,
                                                      std::size_t rank);

}  // namespace costscan
