// What gives other results each time it runs.
#pragma once

#include <unordered_map>

#include "model/graph.hpp"

namespace costscan::forensics {

/// Asks nodes of one model; remembers what it learns of functions.
class Randomness {
 public:
  explicit Randomness(const Model& model) : model_(model) {}

  /// Whether the node draws at random: by itself, in a body that it holds, or in a model-local function that it calls.
  [[nodiscard]] bool draws(const Node& node);

 private:
  [[nodiscard]] bool any_draws(const Graph& graph);

  const Model& model_;
  std::unordered_map<const Function*, bool> functions_;
};

}  // namespace costscan::forensics
