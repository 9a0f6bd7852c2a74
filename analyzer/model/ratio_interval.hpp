// A ratio of two latencies and how sure it is.
#pragma once

namespace costscan {

struct RatioInterval {
  double ratio = 0;  ///< median(numerator) / median(denominator)
  double low = 0;
  double high = 0;
  double confidence = 0.95;

  /// "No difference": the interval holds 1.
  [[nodiscard]] constexpr bool spans_one() const noexcept { return low <= 1 && high >= 1; }

  friend bool operator==(const RatioInterval&, const RatioInterval&) = default;
};

}  // namespace costscan
