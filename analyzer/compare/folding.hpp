// Tensors of a model that its constants alone decide, computed by the runtime.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "measure/session.hpp"
#include "measure/synthesize.hpp"
#include "model/tensor.hpp"

namespace costscan {

struct Folded {
  std::vector<Tensor> tensors;            ///< as asked for; without storage where one could not be computed
  std::vector<std::string> used_weights;  ///< that they were computed from
};

/// Runs the part of the main graph that leads from constants to `names`. Error (measurement): the runtime's own words.
[[nodiscard]] Result<Folded> fold_constants(const Runtime& runtime, const RunnableModel& model,
                                            std::span<const std::string> names);

}  // namespace costscan
