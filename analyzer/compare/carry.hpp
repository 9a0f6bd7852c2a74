// Weights that the files lack are made up. So that two models can be compared by what they answer, B gets the contents
// that A got, wherever a weight of B is a tensor of A.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "compare/folded_norms.hpp"
#include "measure/session.hpp"
#include "measure/synthesize.hpp"

namespace costscan {

struct CarrySide {
  RunnableModel& model;
  std::span<const WeightPlan> made_up;  ///< of the weights that the file lacks
};

struct Carried {
  std::int64_t weights = 0;                ///< missing weights of B with contents of A
  std::vector<std::string> without_equal;  ///< missing weights that the other model has under no name: "A: name"
};

/// What is the same in both models.
struct SharedWeights {
  std::vector<std::pair<std::string, std::string>> tensors;  ///< that constants decide: A's name, B's name
  std::vector<FoldedNorm> norms;                             ///< of A that B has in its weights
};

/// Error (measurement) where memory ends.
[[nodiscard]] Result<Carried> carry_weights(const Runtime& runtime, const CarrySide& a, const CarrySide& b,
                                            const SharedWeights& shared);

}  // namespace costscan
