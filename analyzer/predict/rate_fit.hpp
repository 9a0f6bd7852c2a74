// Points of one class and context → a time for any coordinates between them, with how far to trust it.
//
// A time is a base (overhead + work x a + bytes x b, least squares of the relative error, none negative) times a factor
// that is interpolated in the logarithms of the coordinates by local ordinary kriging: the nearest points, weighted by
// a covariance that falls with distance. Beyond the points' box the factor is that of the box's edge. Which covariance,
// over what lengths, is what leaves out best: each point predicted from the others.
#pragma once

#include <span>
#include <vector>

#include "predict/calibration.hpp"

namespace costscan {

/// A point as the fit sees it.
struct FitPoint {
  std::vector<double> x;  ///< logarithms (base 2) of the coordinates
  double work = 0;
  double bytes = 0;
  double us = 0;
  double warm_us = 0;  ///< of the same node in the warm context, for the cold ones; else 0
  double noise = 0;    ///< relative deviation of its own samples: such a point counts less
};

/// The base's time for this work: for a cold context added to `warm_us`.
[[nodiscard]] double base_us(const RateFit& fit, double work, double bytes, double warm_us) noexcept;

/// Fits base, lengths, covariance and interval to the points; needs at least one. Without spread in a coordinate its
/// length is long.
[[nodiscard]] RateFit fit_points(std::string rate_class, CacheContext context, std::span<const FitPoint> points);

struct Interpolated {
  double factor = 1;     ///< on the base
  double deviation = 0;  ///< of the logarithm of the time
  double outside = 0;    ///< doublings beyond the points' box, all coordinates together
};

/// The factor at `x` from the points without the one at `left_out` (none: points.size()).
[[nodiscard]] Interpolated interpolate_factor(const RateFit& fit, std::span<const FitPoint> points,
                                              std::span<const double> x, std::size_t left_out);

}  // namespace costscan
