// Accumulation lint: loops that overwrite where they should add, partial results that are lost between blocks,
// accumulators without a start, and sums too long for their type. docs/source-lint.md says how.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "source/lint/effects.hpp"
#include "source/program.hpp"
#include "source/report.hpp"

namespace costscan::source {

/// Largest relative rounding error bound that a sum may have: the tolerance at which onnx's backend tests compare
/// results (rtol 1e-3). A float sum reaches it after 16760 terms, a half-precision sum after 2.
inline constexpr double default_tolerance = 1e-3;

struct LintOptions {
  double tolerance = default_tolerance;      ///< relative; of the bound n*u/(1-n*u) for n additions of unit roundoff u
  std::map<std::string, std::int64_t> dims;  ///< values of symbols, by Variable::dim_name or NAME_size
};

/// Appends findings (and what they assume) to the functions that `report` lists. A finding in a function that is
/// called from others appears once, in the function that holds the line.
void lint(const Program& program, const Effects& effects, const LintOptions& options, SourceReport& report);

}  // namespace costscan::source
