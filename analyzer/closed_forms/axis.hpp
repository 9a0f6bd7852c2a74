// One free dimension by itself: in which steps the total is a polynomial of it, and of which degree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "closed_forms/polynomial.hpp"
#include "closed_forms/samples.hpp"

namespace costscan::closed_forms {

struct Axis {
  GridAxis grid;
  std::int32_t degree = 0;
  bool near_only = false;  ///< holds beside the origin; further off, other polynomials do
};

/// Steps along dimension `i` through `base` (whose own coordinate does not count): 1 first; where that fails, the
/// largest of the usual roundings (strides, patches) and its divisors; where that fails too, step 1 near the bound
/// value alone. nullopt where the total follows no polynomial of degree 4 or less, or where too few sizes fit.
[[nodiscard]] std::optional<Axis> fit_axis(Samples& samples, const Point& base, std::size_t i, std::int64_t bound);

/// In words, whether other remainders follow polynomials of their own in the same steps: tried at the one after the
/// bound's.
[[nodiscard]] std::string next_remainder(Samples& samples, const Point& base, std::size_t i, const Axis& axis);

}  // namespace costscan::closed_forms
