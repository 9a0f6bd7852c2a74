// Tensors of a model that its constants alone decide, computed by the runtime.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "compare/folded_norms.hpp"
#include "measure/session.hpp"
#include "measure/synthesize.hpp"
#include "model/tensor.hpp"

namespace costscan {

struct Folded {
  std::vector<Tensor> tensors;            ///< as asked for; without storage where one could not be computed
  std::vector<std::string> used_weights;  ///< that they were computed from
};

/// A's weights with a batch normalisation folded in, under names that no tensor of the model has.
struct NormNames {
  std::string weight;
  std::string bias;
};
[[nodiscard]] NormNames names_of_folded(std::size_t index);

/// Runs the part of the main graph that leads from constants to `names`, which may be those of folded `norms`
/// (names_of_folded). Error (measurement): the runtime's own words.
[[nodiscard]] Result<Folded> fold_constants(const Runtime& runtime, const RunnableModel& model,
                                            std::span<const std::string> names, std::span<const FoldedNorm> norms);

}  // namespace costscan
