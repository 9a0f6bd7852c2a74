// What a kernel costs, counted from its source: a Program's functions → FLOPs, integer operations and bytes, in numbers
// and as closed forms of the function's symbols.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/result.hpp"
#include "source/functions.hpp"
#include "source/program.hpp"
#include "source/report.hpp"

namespace costscan::source {

struct CountOptions {
  std::map<std::string, std::int64_t> dims;  ///< values of symbols, by Variable::dim_name or NAME_size
  std::vector<std::string> functions;        ///< names to report; empty: every listed function
};

/// Counts of the source as written: nothing hoisted or merged, OpenMP serial (docs/source.md has the conventions). A
/// function is named by its qualified name, by that without template arguments, or by its last part. Errors (usage):
/// `options.functions` names no function of the program.
[[nodiscard]] Result<SourceReport> count_costs(const Program& program, const FunctionTable& table,
                                               const CountOptions& options);

}  // namespace costscan::source
