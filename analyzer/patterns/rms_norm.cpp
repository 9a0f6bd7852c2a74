// Normalisation by the root mean square: the operators, and the decomposed form with or without epsilon and gamma.
#include "patterns/detectors.hpp"
#include "patterns/norms.hpp"

namespace costscan {

std::vector<PatternMatch> find_rms_norm(const GraphView& view) {
  std::vector<PatternMatch> found;
  for (const Norm& norm : find_norms(view)) {
    if (!norm.centered) found.push_back(norm_match(view, norm, "rms_norm"));
  }
  for (const Norm& norm : find_other_norms(view)) {
    if (!norm.centered) found.push_back(norm_match(view, norm, "rms_norm"));
  }
  return found;
}

}  // namespace costscan
