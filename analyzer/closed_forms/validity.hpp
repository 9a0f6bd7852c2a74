// How far a polynomial holds: tried at ever smaller and larger sizes, in one dimension and in several at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "closed_forms/polynomial.hpp"

namespace costscan::closed_forms {

/// Of one variable, in grid coordinates; nullopt: no limit was met.
struct Range {
  std::optional<std::int64_t> low;
  std::optional<std::int64_t> high;
};

/// Product or sum of several variables (indices of the axes) that the form holds up to, or from.
struct JointLimit {
  bool product = true;
  bool upper = true;
  std::vector<std::size_t> variables;
  std::int64_t bound = 0;  ///< the last value at which it holds
};

struct Validity {
  std::vector<Range> ranges;  ///< by axis
  std::vector<JointLimit> joint;
};

/// Whether the form gives the total at these grid coordinates; nullopt where the model takes no such sizes.
using HoldsAt = std::function<std::optional<bool>(const std::vector<std::int64_t>& t)>;

/// The form holds at the origin of the grid. Where it ends, the end is found by halving; a limit that moves with other
/// dimensions is told as one of their product (rows of a table that all tokens select) or sum (a window), if one
/// explains all points that were tried, else as a box around the origin.
[[nodiscard]] Validity find_validity(const std::vector<GridAxis>& axes, const HoldsAt& holds);

/// Whether a point, given by values of the variables, lies beyond the limit.
[[nodiscard]] bool exceeds(const JointLimit& limit, const std::vector<std::int64_t>& values) noexcept;

}  // namespace costscan::closed_forms
