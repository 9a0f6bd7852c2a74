// Layer normalisation: the operators, and Sub(x, mean), square, mean, [+ epsilon], root, division, [gamma, beta].
#include "patterns/detectors.hpp"
#include "patterns/norms.hpp"

namespace costscan {

std::vector<PatternMatch> find_layer_norm(const GraphView& view) {
  std::vector<PatternMatch> found;
  for (const Norm& norm : find_norms(view)) {
    if (norm.centered) found.push_back(norm_match(view, norm, "layer_norm"));
  }
  for (const Norm& norm : find_other_norms(view)) {
    if (norm.centered) found.push_back(norm_match(view, norm, "layer_norm"));
  }
  return found;
}

}  // namespace costscan
