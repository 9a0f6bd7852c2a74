#include "measure/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace costscan {

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  const std::size_t middle = values.size() / 2;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(middle);
  std::nth_element(values.begin(), at, values.end());
  if (values.size() % 2 == 1) return *at;
  return (*std::max_element(values.begin(), at) + *at) / 2;
}

Samples summarize(std::vector<double> us) {
  Samples out;
  out.median = median_of(us);
  std::vector<double> deviations;
  deviations.reserve(us.size());
  for (const double value : us) deviations.push_back(std::abs(value - out.median));
  out.mad = median_of(std::move(deviations));
  out.us = std::move(us);
  return out;
}

}  // namespace costscan
