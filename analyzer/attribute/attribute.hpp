// What the runtime executed ↔ the nodes of the file.
#pragma once

#include <vector>

#include "attribute/join.hpp"
#include "model/analysis.hpp"

namespace costscan {

/// Joins `analysis.runtime` to `analysis.nodes` through output names and backward regions, sets each original row's
/// measured time (a region's time split by predicted cost) and the remainder. Sums are kept: joined times + remainder =
/// end-to-end. Expects `analysis.nodes`, `.runtime` (with costs and times) and `.measurement` to be filled.
void attribute(Analysis& analysis);

/// The same with joins found elsewhere, one per `analysis.runtime`.
void attribute(Analysis& analysis, const std::vector<Join>& joins);

}  // namespace costscan
