// Squeeze and excite: x times a gate that layers make of a pool of x.
#include "patterns/conv_chain.hpp"
#include "patterns/detectors.hpp"

namespace costscan {

std::vector<PatternMatch> find_squeeze_excite(const GraphView& view) {
  const WrittenActivations written(view);
  std::vector<PatternMatch> matches;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    auto found = squeeze_excite_at(view, written, index);
    if (!found) continue;
    PatternMatch match;
    match.pattern = "squeeze_excite";
    match.nodes = std::move(found->nodes);
    match.tensors = {{"x", found->x}, {"y", view.output(index, 0)}};
    matches.push_back(std::move(match));
  }
  return matches;
}

}  // namespace costscan
