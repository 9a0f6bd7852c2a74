// Convolutions that have a batch normalisation of the other model in their weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/comparison.hpp"

namespace costscan {

/// B's convolution stands for A's and the normalisation behind it. Names of tensors; empty for an absent bias.
struct FoldedNorm {
  std::string weight_a;
  std::string bias_a;
  std::string scale;
  std::string shift;
  std::string mean;
  std::string variance;
  double epsilon = 1e-5;
  std::int64_t rank = 4;  ///< of the weights
  std::string weight_b;
  std::string bias_b;
};

[[nodiscard]] std::vector<FoldedNorm> find_folded_norms(const Analysis& a, const Analysis& b,
                                                        const std::vector<NodeGroup>& groups);

}  // namespace costscan
