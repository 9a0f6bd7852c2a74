// How sure a ratio of two latencies is: percentile bootstrap over rounds that measured both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "model/comparison.hpp"
#include "model/ratio_interval.hpp"

namespace costscan {

/// With fewer rounds an interval would say more than is known.
inline constexpr std::size_t fewest_rounds = 5;

struct BootstrapOptions {
  std::int32_t resamples = 2000;
  double confidence = 0.95;
  std::uint64_t seed = 1;  ///< the same samples give the same interval
};

/// Ratio of the medians with its percentile interval. `numerator[i]` and `denominator[i]` are of the same round, so
/// rounds are drawn, not samples: what slowed the machine in a round slowed both. Spans of different lengths are cut to
/// the shorter one; fewer than two rounds give an interval of 0 to infinity: nothing is known. All times must be
/// positive; where they are not the ratio is 0 and nothing is known either.
[[nodiscard]] RatioInterval bootstrap_ratio(std::span<const double> numerator, std::span<const double> denominator,
                                            const BootstrapOptions& options = {});

/// Median of all `first` times over the median of all `second` ones. Samples of one round share its conditions and
/// sessions of one sitting their place in memory, so neither are independent: sittings are drawn with replacement, then
/// rounds within each, and a drawn round brings all of its samples. nullopt with fewer than `fewest_rounds` rounds, or
/// where a median is zero.
[[nodiscard]] std::optional<RatioInterval> bootstrap_ratio(std::span<const PairRound> rounds,
                                                           const BootstrapOptions& options = {});

}  // namespace costscan
