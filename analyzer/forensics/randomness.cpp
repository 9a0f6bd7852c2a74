#include "forensics/randomness.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "patterns/graph_view.hpp"

namespace costscan::forensics {

bool Randomness::any_draws(const Graph& graph) {
  return std::ranges::any_of(graph.nodes, [this](const Node& node) { return draws(node); });
}

bool Randomness::draws(const Node& node) {
  static constexpr std::array<std::string_view, 6> drawing{"RandomNormal",      "RandomUniform", "RandomNormalLike",
                                                           "RandomUniformLike", "Multinomial",   "Bernoulli"};
  if (is_any_op(node, drawing)) return true;
  for (const Attribute& attribute : node.attributes) {
    if (const auto* body = std::get_if<std::shared_ptr<const Graph>>(&attribute.value)) {
      if (*body && any_draws(**body)) return true;
    } else if (const auto* bodies = std::get_if<std::vector<std::shared_ptr<const Graph>>>(&attribute.value)) {
      if (std::ranges::any_of(*bodies, [this](const auto& each) { return each && any_draws(*each); })) return true;
    }
  }
  const Function* called = find_function(model_, node);
  if (called == nullptr) return false;
  const auto [known, is_new] = functions_.try_emplace(called, false);
  if (!is_new) return known->second;
  const bool found = any_draws(called->body);  // may add to the map: look the place up again
  functions_[called] = found;
  return found;
}

}  // namespace costscan::forensics
