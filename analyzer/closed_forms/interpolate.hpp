// A total, known only point by point → a polynomial in its free dimensions, with the evidence that it holds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "closed_forms/samples.hpp"
#include "model/closed_form.hpp"

namespace costscan::closed_forms {

struct FreeDim {
  std::string name;
  std::int64_t bound = 1;  ///< the value that the total is known at
};

/// Finds the steps and the degree in each dimension (see axis.hpp), interpolates exactly, and checks the result at
/// points that it was not made from: jointly beside them, at the bound values, at the smallest and at far larger sizes.
/// Where a check fails, the range is narrowed to where it holds; a dimension in which nothing fits is held at its bound
/// value; and where that does not help either, there is no text and `evidence` says why.
[[nodiscard]] ClosedForm interpolate(const std::string& total, const std::vector<FreeDim>& dims,
                                     const TotalAt& total_at);

}  // namespace costscan::closed_forms
