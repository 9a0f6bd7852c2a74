// The bounds of docs/accuracy-classes.md as numbers: how far the result of one site may move, fed with the same
// operands.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "model/dtype.hpp"

namespace costscan {

/// Half the distance from 1 to the next number: 2^-24 for float32. 0 for types that are not floating.
[[nodiscard]] double unit_roundoff(DType dtype) noexcept;

/// n u / (1 - n u): the relative error that n roundings can add up to (Higham, Accuracy and Stability of Numerical
/// Algorithms, 3.1). nullopt where n u >= 1: then nothing can be said.
[[nodiscard]] std::optional<double> rounding_gamma(std::int64_t roundings, double unit) noexcept;

/// What becomes of NaN and infinities in the outputs where infinities are among the inputs; the weaker, the greater.
enum class SpecialValues {
  the_same,             ///< the same elements are NaN, the same infinite with the same sign
  finite_stays_finite,  ///< what was finite stays so; NaN may become the limit or the infinity that it stood for
  anything
};

/// What a pass promises there, as docs/accuracy-classes.md argues. `anything` for a name that is no pass.
[[nodiscard]] SpecialValues infinities_after(std::string_view pass) noexcept;

/// What a site's bound depends on besides the pass.
struct SiteValues {
  DType dtype = DType::float32;  ///< that the kernels accumulate in; float32 where they widen float16 inside
  std::int64_t length = 1;  ///< terms of the longest sum: K of a product, C/group * taps of a Conv, normalised elements
  double condition = 1;     ///< layer norm: mean |x| / sqrt(variance + epsilon); 1 for all others
};

/// Largest |before - after| of one site, over the scale that the page names for the pass: for products the sum of the
/// magnitudes of all terms, for norms |gamma| max |normalised| + |beta|, for activations |x|. 0 for lossless passes.
/// nullopt: no pass of that name, no bound for its class, or sums too long for the type.
[[nodiscard]] std::optional<double> site_bound(std::string_view pass, const SiteValues& values) noexcept;

/// What the sites of one pass together may change an output by, relative to its largest magnitude, to first order:
/// each site's bound times `amplification`, the factor by which the model enlarges a relative change at a site on its
/// way to the output (measured, e.g. by perturbing the inputs in their last place). nullopt as site_bound.
[[nodiscard]] std::optional<double> promised_difference(std::string_view pass, const SiteValues& values,
                                                        std::int64_t sites, double amplification) noexcept;

}  // namespace costscan
