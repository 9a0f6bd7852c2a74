// Class 1: a sum along an axis has the same terms wherever that axis lies; kernels may add them in another order there.
#include <optional>

#include "passes/finders.hpp"
#include "passes/transpose_regions.hpp"

namespace costscan {

std::vector<Rewrite> find_transposes_across_sums(const PassContext& context) {
  std::vector<Rewrite> found;
  find_transpose_regions(context.view, Across::sums, found);
  // One Transpose less, and a sum along an inner axis, which a runtime may do by transposing itself. One that moves
  // Transposes by itself gains nothing, and loses nothing.
  for (Rewrite& rewrite : found) {
    const std::optional<double> gain = context.gain_us ? context.gain_us(rewrite) : std::nullopt;
    if (gain && *gain < 0) rewrite.obstacle = "the executed model is predicted to lose by it";
  }
  return found;
}

}  // namespace costscan
